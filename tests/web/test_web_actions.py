"""What reviewers do, and what comes of it."""

import pytest
from starlette.testclient import TestClient

from surestep.storage import Queue, ThreadRow
from tests.web.desk import SEAL, run

SCHEMA = {
    "type": "object",
    "properties": {
        "amount_usd": {"type": "number"},
        "reply": {"type": "string"},
    },
    "required": ["amount_usd", "reply"],
}


def decision(desk, name):
    """What was decided of a question."""
    return run(desk.store.question(name)).decision


def test_an_approval_is_stored_under_its_reviewers_name(desk):
    """And its run goes on by itself."""
    name = desk.ask()
    with desk.browser("ann") as browser:
        said = browser.post(f"/decide/{name}", kind="approve")
    assert said.status_code == 303
    assert (decision(desk, name).kind, decision(desk, name).actor) == ("approve", "ann")
    assert desk.runs.gone_on == [("T1", "ann")]
    assert desk.touches(name) == [("", "asked"), ("ann", "claimed"), ("ann", "approve")]


def test_after_a_decision_comes_the_next_item(desk):
    """Of those the list was narrowed to; then the list."""
    names = [desk.ask(1), desk.ask(2, queue="finance"), desk.ask(3)]
    with desk.browser("ann") as browser:
        first = browser.post(f"/decide/{names[0]}?queue=billing", kind="approve")
        last = browser.post(f"/decide/{names[2]}?queue=billing", kind="approve")
        page = browser.get("/")
    assert first.headers["location"] == f"/items/{names[2]}?queue=billing"
    assert last.headers["location"] == "/?queue=billing"
    assert f"{names[2]} was approved" in page.text


def test_an_edit_of_the_form_is_what_goes_on(desk):
    """Values keep their types."""
    name = desk.ask(1, schema=SCHEMA)
    with desk.browser("ann") as browser:
        fields = {"field-0": "12.5", "field-1": "Fine.\r\nBye."}
        browser.edit(name, **fields)
    assert decision(desk, name).update == {"amount_usd": 12.5, "reply": "Fine.\nBye."}


def test_without_a_schema_the_proposal_is_edited_as_json(desk):
    """All of it."""
    name = desk.ask()
    with desk.browser("ann") as browser:
        browser.edit(name, proposal='{"amount_usd": 5}')
    assert decision(desk, name).update == {"amount_usd": 5}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"field-0": "much"}, "amount usd: This is no JSON"),
        ({"field-0": "true"}, "This is no number."),
        ({"field-0": ""}, "It may not be empty."),
        ({"field-0": "NaN"}, "NaN is no number"),
        ({}, "The edit changes nothing."),
    ],
)
def test_an_edit_that_does_not_fit_stays_in_its_form(desk, fields, problem):
    """With what is wrong, and nothing that was typed is lost."""
    name = desk.ask(1, schema=SCHEMA)
    with desk.browser("ann") as browser:
        typed = {"field-1": "My long reply.", **fields} if fields else {}
        said = browser.post(f"/decide/{name}", kind="edit", **typed)
    assert said.status_code == 422
    assert problem in said.text
    assert not typed or "My long reply." in said.text
    assert decision(desk, name) is None


def test_the_difference_an_edit_makes_is_shown_before_it_is_sent(desk):
    """Word by word."""
    name = desk.ask(1, schema=SCHEMA)
    with desk.browser("ann") as browser:
        said = browser.post(f"/diff/{name}", kind="edit", **{"field-1": "You get all back."})
    assert "You get <del>it</del><ins>all</ins> back." in said.text
    assert desk.touches(name) == [("", "asked")]


def test_an_edit_is_sent_only_once_its_difference_was_shown(desk):
    """Otherwise the page shows it first, and nothing that was typed is lost."""
    name = desk.ask(1, schema=SCHEMA)
    with desk.browser("ann") as browser:
        said = browser.post(f"/decide/{name}", kind="edit", **{"field-1": "You get all back."})
        assert (said.status_code, decision(desk, name)) == (422, None)
        assert "You get <del>it</del><ins>all</ins> back." in said.text
        seen = SEAL.search(said.text)[1]
        browser.post(f"/decide/{name}", kind="edit", seal=seen, **{"field-1": "You get all back."})
    assert decision(desk, name).update["reply"] == "You get all back."


def test_a_review_is_no_approval(desk):
    """Its answers are called what they are, and no run goes on."""
    name = desk.ask(1, kind="review", allowed=("approve", "reject"))
    with desk.browser("ann") as browser:
        page = browser.get(f"/items/{name}").text
        browser.post(f"/decide/{name}", kind="approve")
    assert "It was right" in page
    assert decision(desk, name).kind == "approve"
    assert desk.runs.gone_on == []


def test_a_rejection_takes_words(desk):
    """The step reads them."""
    name = desk.ask()
    with desk.browser("ann") as browser:
        refused = browser.post(f"/decide/{name}", kind="reject", message="  ")
        browser.post(f"/decide/{name}", kind="reject", message="Too much.")
    assert refused.status_code == 422
    assert (decision(desk, name).kind, decision(desk, name).message) == ("reject", "Too much.")


@pytest.mark.parametrize("kind", ["", "shrug"])
def test_what_is_no_decision_is_refused(desk, kind):
    """And the item is free for others."""
    name = desk.ask()
    with desk.browser("ann") as browser:
        assert browser.post(f"/decide/{name}", kind=kind).status_code == 422
    assert run(desk.store.item(name)).held_by == ""


def test_the_next_item_is_taken_from_the_list(desk):
    """Of the queue the list was narrowed to, as it is offered; until none is left."""
    names = [desk.ask(1), desk.ask(2, queue="finance"), desk.ask(3, priority=1)]
    with desk.browser("ann") as browser:
        taken = [browser.post("/next?queue=billing").headers["location"] for _ in range(3)]
    wanted = [*(f"/items/{names[place]}?queue=billing" for place in (2, 0)), "/?queue=billing"]
    assert taken == wanted
    assert run(desk.store.item(names[0])).held_by == "ann"


def test_items_without_time_left_go_to_the_next_queue_while_it_serves(desk):
    """Whether or not anybody looks."""
    name = desk.ask(1)
    run(desk.store.save_queues(Queue("billing", sla_s=1e-6, escalates_to="finance")))
    with desk.browser("ann") as browser:
        assert "finance" in browser.get(f"/items/{name}").text
    assert run(desk.store.item(name)).question.queue == "finance"


def test_what_somebody_else_has_taken_is_theirs(desk):
    """The other learns so, and loses nothing that was typed."""
    name = desk.ask()
    with desk.browser("ann") as ann, desk.browser("bob") as bob:
        run(desk.store.claim(name, "ann", 1e-6))
        bob.post(f"/claim/{name}")
        said = ann.post(f"/decide/{name}", kind="reject", message="My long words.")
    assert said.status_code == 409
    assert "is claimed by &#39;bob&#39;" in said.text
    assert "My long words." in said.text
    assert decision(desk, name) is None


def test_an_edit_of_what_was_decided_meanwhile_is_kept_on_the_page(desk):
    """With what was decided, and by whom."""
    name = desk.ask(1, schema=SCHEMA)
    with desk.browser("ann") as ann, desk.browser("bob") as bob:
        bob.post(f"/decide/{name}", kind="approve")
        said = ann.post(f"/decide/{name}", kind="edit", **{"field-1": "My long reply."})
    assert said.status_code == 409
    assert "decided already: approve by &#39;bob&#39;" in said.text
    assert "My long reply." in said.text


def test_a_lease_that_ran_out_is_no_harm_if_nobody_took_the_item(desk):
    """It is claimed anew with the decision."""
    name = desk.ask()
    run(desk.store.claim(name, "ann", 1e-6))
    with desk.browser("ann") as browser:
        assert browser.post(f"/decide/{name}", kind="approve").status_code == 303


def test_of_two_approvers_the_second_is_somebody_else(desk):
    """The run goes on with them."""
    name = desk.ask(1, approvers=2)
    with desk.browser("ann") as ann, desk.browser("bob") as bob:
        ann.post(f"/decide/{name}", kind="approve")
        again = ann.post(f"/decide/{name}", kind="approve")
        went_on = list(desk.runs.gone_on)
        bob.post(f"/decide/{name}", kind="approve")
    assert (again.status_code, went_on) == (422, [])
    assert desk.runs.gone_on == [("T1", "bob")]


def test_a_released_item_is_free(desk):
    """With a note for whoever takes it next."""
    name = desk.ask()
    with desk.browser("ann") as ann, desk.browser("bob") as bob:
        ann.post(f"/claim/{name}")
        ann.post(f"/release/{name}", note="ask Cyd")
        page = bob.get(f"/items/{name}").text
    assert "Nobody works on it." in page
    assert "ask Cyd" in page


def test_an_item_is_handed_on_to_a_queue(desk):
    """By whoever may decide it."""
    name = desk.ask()
    run(desk.store.save_queues(Queue("finance")))
    with desk.browser("ann") as browser:
        assert 'value="finance"' in browser.get(f"/items/{name}").text
        browser.post(f"/hand-on/{name}", queue="finance", note="over my limit")
    assert run(desk.store.item(name)).question.queue == "finance"
    assert desk.touches(name)[-1] == ("ann", "handed_on")


def test_only_a_lead_hands_an_item_to_a_person(desk):
    """Who has to be one that decides there."""
    name = desk.ask()
    desk.add("lea", "lead")
    desk.add("fay", "reviewer", "finance")
    with desk.browser("ann") as ann, desk.browser("lea") as lea:
        codes = [
            ann.post(f"/hand-on/{name}", to="lea", note="my words").status_code,
            lea.post(f"/hand-on/{name}", to="fay").status_code,
            lea.post(f"/hand-on/{name}").status_code,
            lea.post(f"/hand-on/{name}", to="ann").status_code,
        ]
    assert codes == [403, 422, 422, 303]
    assert run(desk.store.item(name)).assigned_to == "ann"


def test_a_viewer_only_looks(desk):
    """Whatever they send, nothing is changed."""
    name = desk.ask()
    desk.add("vic", "viewer")
    with desk.browser("vic") as browser:
        page = browser.get(f"/items/{name}").text
        codes = {
            browser.post(f"/{action}/{name}", kind="approve", queue="x").status_code
            for action in ("claim", "decide", "release", "hand-on")
        }
    assert codes == {403}
    assert 'action="/decide' not in page
    assert desk.touches(name) == [("", "asked")]


def test_a_reviewer_decides_nothing_in_another_queue(desk):
    """To them it does not exist."""
    name = desk.ask(1, queue="finance")
    desk.add("bob", "reviewer", "billing")
    with desk.browser("bob") as browser:
        assert browser.post(f"/decide/{name}", kind="approve").status_code == 404
    assert decision(desk, name) is None


def test_a_run_whose_answer_came_before_the_server_goes_on(desk):
    """One that still waits for an answer does not."""
    for number in (1, 2):
        desk.ask(number)
        row = ThreadRow(thread_id=f"T{number}", target="refunds.py:graph", status="waiting")
        run(desk.store.save_thread(row))
    run(desk.runs.decide("T1/1/refund/1/1", {"type": "approve"}, actor="ann"))
    with TestClient(desk.app):
        pass
    assert desk.runs.gone_on == [("T1", "ann")]


def test_alike_items_are_listed_before_they_are_decided_together(desk):
    """Those of one shape, that are free."""
    names = [desk.ask(1), desk.ask(2), desk.ask(3, proposal={"other": 1}), desk.ask(4)]
    run(desk.store.claim(names[3], "bob"))
    with desk.browser("ann") as browser:
        page = browser.get(f"/batch?item={names[0]}").text
    assert [f'value="{name}"' in page for name in names] == [True, True, False, False]
    assert "$60.00 at stake together" in page


def test_alike_items_are_decided_together(desk):
    """Each is claimed, decided and gone on with."""
    names = [desk.ask(number) for number in (1, 2, 3)]
    with desk.browser("ann") as browser:
        confirm = browser.post("/batch", item=names)
        assert [decision(desk, name) for name in names] == [None] * 3
        done = browser.post("/batch/decide", item=names, kind="approve")
    assert (confirm.status_code, done.status_code) == (200, 200)
    assert {decision(desk, name).actor for name in names} == {"ann"}
    assert sorted(desk.runs.gone_on) == [("T1", "ann"), ("T2", "ann"), ("T3", "ann")]


def test_of_a_batch_what_somebody_else_has_taken_is_named(desk):
    """The others are decided."""
    names = [desk.ask(1), desk.ask(2)]
    run(desk.store.claim(names[1], "bob"))
    with desk.browser("ann") as browser:
        said = browser.post("/batch/decide", item=names, kind="approve").text
    assert "1 could not be" in said
    assert decision(desk, names[0]).kind == "approve"
    assert decision(desk, names[1]) is None


@pytest.mark.parametrize(
    ("items", "fields", "code"),
    [
        ([], {"kind": "approve"}, 400),
        ([1, 3], {"kind": "approve"}, 400),
        ([1, 2], {"kind": "edit"}, 422),
        ([1, 2], {"kind": "reject", "message": ""}, 422),
    ],
)
def test_what_cannot_be_decided_together_is_refused(desk, items, fields, code):
    """Nothing, items that are not alike, an edit, a rejection without words."""
    names = {1: desk.ask(1), 2: desk.ask(2), 3: desk.ask(3, step="send")}
    with desk.browser("ann") as browser:
        said = browser.post("/batch/decide", item=[names[one] for one in items], **fields)
    assert said.status_code == code
    assert [decision(desk, name) for name in names.values()] == [None] * 3
