"""The inbox over each kind of database."""

from tests.web.desk import Desk, run


def test_the_inbox_works_on_every_database(place, tmp_path):
    """List, claim, a lost lease, texts no database likes, a decision, figures."""
    desk = Desk(tmp_path, place)
    names = [desk.ask(1), desk.ask(2, reason="half \ud83d")]
    with desk.browser("ann") as ann, desk.browser("bob") as bob:
        assert all(name in ann.get("/").text for name in names)
        ann.post(f"/claim/{names[0]}")
        lost = bob.post(f"/decide/{names[0]}", kind="approve")
        refused = ann.post(f"/release/{names[0]}", note="a\0b")
        unknown = ann.get("/items/a%00b")
        done = ann.post(f"/decide/{names[0]}", kind="reject", message="no")
        pages = [ann.get(path).status_code for path in ("/figures", f"/items/{names[1]}")]
    said = run(desk.store.question(names[0])).decision
    desk.store.close()

    assert (lost.status_code, refused.status_code, unknown.status_code) == (409, 422, 404)
    assert (done.status_code, said.kind, said.actor) == (303, "reject", "ann")
    assert pages == [200, 200]
