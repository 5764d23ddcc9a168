"""`surestep inbox`: listing, claiming, deciding, releasing, handing on."""

import asyncio
import os
import sqlite3
from contextlib import closing

import pytest

from surestep.storage import Store
from tests.cli.command import target

ASKED = "t/1/draft/1/1"


def asking(surestep, name, thread="t"):
    """A thread of that graph, waiting for people."""
    words = ("topic=tides", "--thread", thread, "--on-question", "queue")
    assert surestep("run", target(name), *words).code == 0


@pytest.fixture
def asked(surestep):
    """A thread `t` that waits for a person, and the commands to go on with it."""
    asking(surestep, "asks")
    return surestep


def listed(surestep, *words):
    """What the inbox lists, as plain values."""
    return surestep("inbox", "list", "--json", *words).result


def test_an_open_question_is_listed_with_the_command_that_takes_it(asked):
    """As a table."""
    said = asked("inbox", "list")

    assert said.code == 0
    assert "draft" in said.out
    assert f"surestep inbox claim {ASKED}" in said.out


def test_only_what_has_that_much_at_stake_is_listed(asked):
    """What names no amount has nothing at stake."""
    with closing(sqlite3.connect(".surestep/surestep.db")) as database, database:
        database.execute("UPDATE questions SET amount_usd = 500")
    all_of_it = asked("inbox", "list", "--amount-at-least", "500", "--json").result
    less = asked("inbox", "list", "--amount-at-least", "500.01", "--json").result

    assert [one["amount_usd"] for one in all_of_it] == [500.0]
    assert less == []


def test_a_watched_inbox_tells_what_goes_on_to_another_queue(asked, monkeypatch):
    """Each question once, until somebody interrupts it."""
    asked("inbox", "queue", "default", "--sla-s", "0.001", "--escalates-to", "tier-2")
    looks = []

    async def interrupted(seconds):
        looks.append(seconds)
        if len(looks) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("surestep.review.queues.asyncio.sleep", interrupted)
    said = asked("inbox", "watch", "--every-s", "3")

    assert looks == [3.0, 3.0]
    assert len(said.out.splitlines()) == 1
    assert said.out.startswith(f"{ASKED}: default → tier-2, its time in default was over")


def test_a_claim_shows_the_question_and_who_holds_it(asked):
    """In full, and for how long."""
    said = asked("inbox", "claim", ASKED, "--by", "ann", "--lease-s", "7200")

    assert said.code == 0
    assert "tides 2" in said.out
    assert "held by  ann, for another 2 h" in said.out


def test_the_next_of_a_queue_can_be_claimed_without_naming_it(asked):
    """And then there is none left."""
    first = asked("inbox", "claim", "--by", "ann", "--json")
    second = asked("inbox", "claim", "--by", "bob")

    assert (first.result["question_id"], first.result["held_by"]) == (ASKED, "ann")
    assert (second.code, second.out) == (0, "Nothing in default is free for bob.\n")


def test_nobody_else_claims_or_decides_what_somebody_holds(asked):
    """Both are told who does, and what to do."""
    asked("inbox", "claim", ASKED, "--by", "ann")
    claimed = asked("inbox", "claim", ASKED, "--by", "bob")
    decided = asked("inbox", "decide", ASKED, "approve", "--by", "bob")

    assert (claimed.code, decided.code) == (2, 2)
    assert "claimed by 'ann'" in claimed.err
    assert "claimed by 'ann'; 'bob' cannot decide" in decided.err


def test_a_decision_resumes_the_run_by_itself(asked):
    """To its end, and the actor is recorded."""
    asked("inbox", "claim", ASKED, "--by", "ann")
    said = asked("inbox", "decide", ASKED, "approve", "--by", "ann", "--json")

    assert (said.code, said.lines[0]["decision"]["actor"]) == (0, "ann")
    assert said.result["outcome"] == "succeeded"
    assert said.result["values"]["title"] == "TIDES 2 SECOND: TOO EARLY"


def test_a_decision_can_be_left_for_a_later_resume(asked):
    """Which then finds the answer."""
    said = asked("inbox", "decide", ASKED, "approve", "--no-resume")

    assert "surestep resume t" in said.out
    assert listed(asked) == []
    assert asked("resume", "t").result["outcome"] == "succeeded"


def test_a_run_that_is_going_on_is_left_to_the_process_that_runs_it(asked, monkeypatch):
    """It finds the answer itself."""
    monkeypatch.setattr("surestep.cli.deciding.ENDING_S", 0.0)
    store = Store.open(".surestep/surestep.db")
    asyncio.run(store.runners.take("t", 60.0))
    said = asked("inbox", "decide", ASKED, "approve", "--json")
    store.close()

    assert [line["resumes"] for line in said.lines] == [False]


def test_a_run_whose_process_was_killed_is_gone_on_with(asked):
    """Though it never said that it ended."""
    with closing(sqlite3.connect(".surestep/surestep.db")) as database, database:
        database.execute("UPDATE threads SET status = 'running'")
    said = asked("inbox", "decide", ASKED, "approve", "--json")

    assert said.lines[0]["resumes"]
    assert said.result["outcome"] == "succeeded"


def test_what_another_process_runs_is_not_resumed(asked):
    """The error says which process that is; once it has ended, the answer is found."""
    asked("inbox", "decide", ASKED, "approve", "--no-resume")
    store = Store.open(".surestep/surestep.db")
    token = asyncio.run(store.runners.take("t", 60.0))
    resumed = asked("resume", "t")
    asyncio.run(store.runners.leave("t", token))
    store.close()

    assert resumed.code == 2
    assert f"Thread 't' is run by process {os.getpid()} on" in resumed.err
    assert asked("resume", "t").result["outcome"] == "succeeded"


def test_a_run_that_ends_as_it_is_answered_is_gone_on_with(asked, monkeypatch):
    """It may have looked for answers before."""
    store = Store.open(".surestep/surestep.db")
    token = asyncio.run(store.runners.take("t", 60.0))
    real = asyncio.sleep

    async def ended(seconds):
        await store.runners.leave("t", token)
        await real(0.0)

    monkeypatch.setattr("surestep.cli.deciding.asyncio.sleep", ended)
    said = asked("inbox", "decide", ASKED, "approve", "--json")
    store.close()

    assert said.result["outcome"] == "succeeded"


def test_an_edit_that_nobody_can_check_is_refused(asked):
    """The schema is the graph's, and the graph is not known."""
    with closing(sqlite3.connect(".surestep/surestep.db")) as database, database:
        database.execute("UPDATE threads SET target = NULL")
    words = ("inbox", "decide", ASKED, "edit", "--update", '{"draft": "mine"}')
    refused = asked(*words)
    said = asked(*words, "--target", target("asks"), "--json")

    assert "--target" in refused.err
    assert said.result["values"]["title"] == "MINE"


def test_a_rejection_has_the_step_done_again_with_its_message(asked):
    """And the new question waits in the inbox."""
    asked("inbox", "decide", ASKED, "reject", "--message", "shorter, please")

    assert listed(asked)[0]["proposal"] == {"draft": "tides 3 shorter, please"}


def test_an_edit_goes_on_in_place_of_the_proposal(asked):
    """If it fits the step's schema; else the question stays."""
    refused = asked("inbox", "decide", ASKED, "edit", "--update", '{"draft": 3}')
    said = asked("inbox", "decide", ASKED, "edit", "--update", '{"draft": "mine"}', "--json")

    assert refused.code == 2
    assert "valid string" in refused.err
    assert said.result["values"]["title"] == "MINE"


@pytest.mark.parametrize(
    "words",
    [
        ("edit",),
        ("approve", "--update", "{}"),
        ("respond",),
        ("shrug",),
        ("edit", "--update", "{"),
    ],
)
def test_words_that_make_no_decision_are_refused(asked, words):
    """With a remedy, and the question stays open."""
    said = asked("inbox", "decide", ASKED, *words)

    assert said.code == 2
    assert len(said.err.splitlines()) == 2
    assert [one["question_id"] for one in listed(asked)] == [ASKED]


def test_the_run_goes_on_with_the_second_of_two_approvers(surestep):
    """One person cannot be both."""
    asking(surestep, "pair")
    first = surestep("inbox", "decide", ASKED, "approve", "--by", "ann")
    again = surestep("inbox", "decide", ASKED, "approve", "--by", "ann")
    second = surestep("inbox", "decide", ASKED, "approve", "--by", "bob", "--json")

    assert "needs 2 approvers" in first.out
    assert (again.code, second.code) == (2, 0)
    assert second.result["outcome"] == "succeeded"


def test_two_open_questions_of_a_thread_are_decided_one_by_one(surestep):
    """The run has ended after the last."""
    asking(surestep, "two")
    left, right = (one["question_id"] for one in listed(surestep))
    surestep("inbox", "decide", left, "approve")
    said = surestep("inbox", "decide", right, "approve", "--json")

    assert said.result["outcome"] == "succeeded"


def test_a_released_question_waits_for_somebody_else(asked):
    """With the note it was given back with."""
    asked("inbox", "claim", ASKED, "--by", "ann")
    refused = asked("inbox", "release", ASKED, "--by", "bob")
    asked("inbox", "release", ASKED, "--by", "ann", "--note", "ask Cyd")
    said = asked("inbox", "claim", ASKED, "--by", "bob")

    assert (refused.code, said.code) == (2, 0)
    assert "note     ann: ask Cyd" in said.out


def test_a_question_is_handed_on_to_a_queue_and_a_person(asked):
    """Only they are offered it there."""
    words = ("--queue", "finance", "--to", "bob", "--note", "over my limit")
    said = asked("inbox", "handoff", ASKED, *words, "--by", "ann", "--json")
    others = asked("inbox", "claim", "--queue", "finance", "--by", "ann")
    bobs = asked("inbox", "claim", "--queue", "finance", "--by", "bob")

    assert (said.result["queue"], said.result["assigned_to"]) == ("finance", "bob")
    assert "Nothing in finance is free for ann" in others.out
    assert "note     ann: over my limit" in bobs.out


def test_handing_on_to_nobody_is_refused(asked):
    """With what to give."""
    said = asked("inbox", "handoff", ASKED)

    assert said.code == 2
    assert "--queue, --to, or both" in said.err


def test_a_question_without_time_left_goes_to_the_next_queue(asked):
    """As soon as anybody looks."""
    asked("inbox", "queue", "default", "--sla-s", "0.001", "--escalates-to", "tier-2")
    asked("inbox", "queue", "tier-2", "--sla-s", "3600")
    (item,) = listed(asked)

    assert item["queue"] == "tier-2"
    assert 3500 < item["sla_left_s"] <= 3600


def test_the_list_can_be_narrowed(surestep):
    """By queue, step, holder, being free, and being late."""
    asking(surestep, "two")
    surestep("inbox", "queue", "late", "--sla-s", "0.001")
    left, right = (one["question_id"] for one in listed(surestep))
    surestep("inbox", "handoff", left, "--queue", "late")
    surestep("inbox", "claim", right, "--by", "ann")

    def names(*words):
        return [one["question_id"] for one in listed(surestep, *words)]

    assert names("--queue", "late") == [left]
    assert names("--step", "right") == [right]
    assert names("--held-by", "ann") == [right]
    assert names("--free") == [left]
    assert names("--overdue") == [left]
    assert len(names("--limit", "1")) == 1


def test_an_amount_in_the_proposal_is_listed(surestep, tmp_path):
    """In dollars."""
    (tmp_path / "refunds.py").write_text(
        "from typing import TypedDict\n"
        "from surestep import VerifiedGraph\n"
        "class State(TypedDict, total=False):\n"
        "    amount_usd: float\n"
        "graph = VerifiedGraph(State)\n"
        "graph.add_step('refund', lambda state: {'amount_usd': 1250.5}, human='always')\n"
        "graph.set_entry_point('refund')\n"
    )
    words = ("--input", "{}", "--on-question", "queue")
    assert surestep("run", "refunds.py:graph", *words).code == 0

    assert "$1,250.50" in surestep("inbox", "list").out
    assert listed(surestep)[0]["amount_usd"] == 1250.5


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("claim",),
        ("decide", "x", "approve"),
        ("release", "x"),
        ("handoff", "x", "--to", "ann"),
    ],
)
def test_without_a_database_there_is_no_inbox(surestep, words):
    """And none is made."""
    said = surestep("inbox", *words)

    assert said.code == 2
    assert "There is no database" in said.err


@pytest.mark.parametrize(
    "words",
    [("claim", "x"), ("decide", "x", "approve"), ("release", "x"), ("handoff", "x", "--to", "a")],
)
def test_a_question_nobody_knows_is_refused(asked, words):
    """With where to look."""
    said = asked("inbox", *words)

    assert said.code == 2
    assert "surestep inbox list" in said.err
