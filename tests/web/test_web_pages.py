"""What the pages show."""

import re

import pytest

from surestep.storage import Queue
from tests.web.desk import run

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_the_list_shows_what_waits_and_what_is_at_stake(desk):
    """Together, and item by item."""
    desk.ask(1)
    desk.ask(2)
    with desk.browser("ann") as browser:
        page = browser.get("/").text
    assert "$60.00" in page
    assert [f"T{number}/1/refund/1/1" in page for number in (1, 2, 3)] == [True, True, False]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("queue=finance", [2]),
        ("step=send", [3]),
        ("amount_usd=60", [3]),
        ("state=mine", [1]),
        ("state=held", [1]),
        ("state=free", [2, 3]),
        ("overdue=1", [2]),
        ("state=answered", []),
    ],
)
def test_the_list_can_be_narrowed(desk, query, numbers):
    """By queue, step, amount, state and being late."""
    names = [desk.ask(1), desk.ask(2, queue="finance"), desk.ask(3, step="send")]
    run(desk.store.save_queues(Queue("finance", sla_s=1e-6)))
    with desk.browser("ann") as browser:
        browser.post(f"/claim/{names[0]}")
        page = browser.get(f"/live?{query}").text
    assert [number for number in (1, 2, 3) if f">T{number}/1" in page] == numbers


@pytest.mark.parametrize("query", ["state=asleep", "amount_usd=much", "amount_usd=nan"])
def test_filters_that_make_no_sense_are_refused(desk, query):
    """With what to do."""
    with desk.browser("ann") as browser:
        assert browser.get(f"/?{query}").status_code == 400


def test_a_reviewer_sees_only_their_queues(desk):
    """Neither in the list nor by guessing the address."""
    names = [desk.ask(1), desk.ask(2, queue="finance")]
    desk.add("bob", "reviewer", "billing")
    with desk.browser("bob") as browser:
        page = browser.get("/").text
        codes = [browser.get(f"/items/{name}").status_code for name in names]
    assert names[1] not in page
    assert codes == [200, 404]


def test_a_lead_sees_every_queue(desk):
    """Whatever queues they are named for."""
    name = desk.ask(1)
    desk.add("lea", "lead", "finance")
    with desk.browser("lea") as browser:
        assert name in browser.get("/").text


def test_an_item_shows_what_there_is_to_know(desk):
    """Proposal, verdicts, confidence, consequence, history."""
    name = desk.ask()
    with desk.browser("ann") as browser:
        page = browser.get(f"/items/{name}").text
    for words in ("You get it back.", "polite", "the worker says 80%", "go on with exactly this"):
        assert words in page


def test_a_form_complains_of_nothing_before_it_is_filled_in(desk):
    """Even where a step made nothing to start from."""
    schema = {"properties": {"reply": {"type": "string"}}, "required": ["reply"]}
    name = desk.ask(1, proposal={}, schema=schema, allowed=("edit", "reject"), kind="help")
    with desk.browser("ann") as browser:
        page = browser.get(f"/items/{name}").text
    assert 'name="field-0"' in page
    assert "may not be empty" not in page


def test_what_a_model_wrote_is_shown_as_text(desk):
    """Wherever it stands: in the proposal, the reason, the names, the verdicts."""
    name = desk.ask(
        1,
        question_id=f"{HOSTILE}/1",
        thread_id=HOSTILE,
        step=HOSTILE,
        reason=HOSTILE,
        queue=HOSTILE,
        proposal={HOSTILE: HOSTILE, "amount_usd": 3.0},
        verdicts=({"status": HOSTILE, "verifier": HOSTILE, "feedback": HOSTILE},),
        schema={"properties": {HOSTILE: {"type": "string", "description": HOSTILE}}},
    )
    with desk.browser("ann") as browser:
        row = re.search(r'href="(/items/[^"?]+)"', browser.get("/").text)[1]
        pages = [browser.get(path) for path in ("/", row, f"/batch?item={name}")]
        pages.append(browser.post(f"/diff{row[6:]}", kind="edit", **{"field-0": f"{HOSTILE} more"}))
        pages.append(browser.post(f"/decide{row[6:]}", kind="reject", message=" "))
    assert [page.status_code for page in pages] == [200, 200, 200, 200, 422]
    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "&lt;script&gt;" in page.text


def test_a_lone_surrogate_is_shown_as_its_escape(desk):
    """Models do write them, and UTF-8 has none."""
    name = desk.ask(1, proposal={"reply": "half \ud83d"})
    with desk.browser("ann") as browser:
        page = browser.get(f"/items/{name}")
    assert page.status_code == 200
    assert r"half \ud83d" in page.text


def test_no_page_has_a_script_or_style_inside(desk):
    """The policy forbids them, so they would not work."""
    name = desk.ask()
    with desk.browser("ann") as browser:
        for path in ("/", f"/items/{name}", f"/batch?item={name}", "/sign-in", "/figures"):
            page = browser.get(path).text
            assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page)


def test_similar_decided_items_are_shown(desk):
    """The nearest amount first."""
    names = [desk.ask(number) for number in (1, 8, 2)]
    with desk.browser("ann") as browser:
        for name in names[:2]:
            browser.post(f"/decide/{name}", kind="approve")
        page = browser.get(f"/items/{names[2]}").text
    shown = page[page.index("Similar decided items") :]
    assert 0 < shown.index("$20.00") < shown.index("$160.00")


def test_an_item_that_does_not_exist_is_not_found(desk):
    """Nor a page."""
    with desk.browser("ann") as browser:
        assert browser.get("/items/none").status_code == 404
        assert browser.get("/nowhere").status_code == 404


def test_calibrated_confidence_is_shown_once_enough_is_decided(desk):
    """What the worker says beside what that was worth."""
    for number in range(60):
        name = desk.ask(number + 10, confidence=0.9)
        kind = "approve" if number % 2 else "reject"
        run(desk.runs.decide(name, {"type": kind, "message": "no"}, actor="ann"))
    name = desk.ask(1, confidence=0.9)
    with desk.browser("ann") as browser:
        page = browser.get(f"/items/{name}").text
    assert "by 60 outputs people have judged" in page
    assert re.search(r"<b>(49|50|51)%</b>", page)


def test_what_somebody_else_works_on_is_only_shown(desk):
    """There is nothing to decide it with, and it says why."""
    name = desk.ask()
    run(desk.store.claim(name, "bob"))
    with desk.browser("ann") as browser:
        page = browser.get(f"/items/{name}").text
    assert "Only they decide it" in page
    assert 'action="/decide' not in page
    assert 'action="/hand-on' not in page


def test_what_was_handed_to_somebody_can_only_be_handed_on(desk):
    """By whoever may decide there."""
    name = desk.ask()
    desk.add("lea", "lead")
    run(desk.store.hand_on(name, by="ann", to="bob"))
    with desk.browser("lea") as browser:
        page = browser.get(f"/items/{name}").text
    assert "It was handed to bob." in page
    assert 'action="/decide' not in page
    assert 'action="/hand-on' in page


def test_the_place_of_an_item_is_told_to_others(desk):
    """As soon as somebody takes it."""
    name = desk.ask()
    with desk.browser("ann") as ann, desk.browser("bob") as bob:
        ann.post(f"/claim/{name}")
        assert "It is yours for another 15 min" in ann.get(f"/place/{name}").text
        assert "ann works on it" in bob.get(f"/place/{name}").text
