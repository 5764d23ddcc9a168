"""`surestep serve` and `surestep reviewers`."""

import asyncio
import json

import pytest

from surestep.cli.serving import GraphRuns
from surestep.errors import AnswerRefused
from surestep.graph.stores import store_at
from surestep.web.reviewers import Reviewers
from tests.cli.test_inbox import ASKED, asking

FILE = ".surestep/reviewers.json"


def test_a_reviewer_gets_a_token_that_is_shown_once(surestep):
    """And kept as a hash."""
    said = surestep("reviewers", "add", "ann", "--role", "lead", "--queue", "billing", "--json")
    listed = surestep("reviewers", "list", "--json")

    assert Reviewers(FILE).by_token(said.result["token"]).name == "ann"
    assert listed.result == [{"name": "ann", "role": "lead", "queues": ["billing"]}]


def test_a_reviewer_is_removed(surestep):
    """And unknown afterwards."""
    surestep("reviewers", "add", "ann")
    removed = surestep("reviewers", "remove", "ann")
    again = surestep("reviewers", "remove", "ann")

    assert (removed.code, again.code) == (0, 2)
    assert Reviewers(FILE).all() == ()


def test_reviewers_are_listed_as_a_table(surestep):
    """With their queues."""
    surestep("reviewers", "add", "ann")
    assert "every queue" in surestep("reviewers", "list").out


@pytest.mark.parametrize("words", [("ann", "--role", "king"), (" ",), ("a\nb",)])
def test_reviewers_that_make_no_sense_are_refused(surestep, words):
    """With a remedy, and nothing is written."""
    said = surestep("reviewers", "add", *words)

    assert (said.code, len(said.err.splitlines())) == (2, 2)
    assert Reviewers(FILE).all() == ()


def test_a_file_that_is_not_ours_is_refused(surestep, tmp_path):
    """And left as it is."""
    (tmp_path / "mine.json").write_text('{"reviewers": [{"name": "x", "role": "king"}]}')
    for words in (("list",), ("add", "ann"), ("remove", "x")):
        said = surestep("reviewers", *words, "--reviewers", "mine.json")
        assert said.code == 2
        assert "holds no reviewers" in said.err
    assert json.loads((tmp_path / "mine.json").read_text())["reviewers"][0]["role"] == "king"


def test_without_reviewers_nothing_is_served(surestep):
    """With how to add one."""
    asking(surestep, "asks")
    said = surestep("serve")

    assert said.code == 2
    assert "surestep reviewers add NAME" in said.err


def test_without_a_database_nothing_is_served(surestep):
    """And none is made."""
    surestep("reviewers", "add", "ann")
    assert "There is no database" in surestep("serve").err


def test_an_address_that_is_not_ours_is_refused(surestep):
    """Before anybody can connect."""
    asking(surestep, "asks")
    surestep("reviewers", "add", "ann")
    said = surestep("serve", "--host", "203.0.113.1")

    assert said.code == 2
    assert "Cannot listen on 203.0.113.1" in said.err


@pytest.fixture
def runs(surestep):
    """What goes on with runs of a database in which one question waits."""
    asking(surestep, "asks")
    database = ".surestep/surestep.db"
    return GraphRuns(store_at(database), database)


def gone_on(runs, answer):
    """How the run stands after an answer."""

    async def both():
        question = await runs.decide(ASKED, answer, actor="ann")
        return question, await runs.go_on(question, actor="ann")

    return asyncio.run(both())


def test_a_decision_goes_on_with_its_run(runs):
    """By the graph its thread was started with, and says how it stands."""
    question, standing = gone_on(runs, {"type": "approve"})

    assert (question.decision.actor, standing) == ("ann", "succeeded")


def test_a_run_that_asks_again_waits(runs):
    """For another answer."""
    assert gone_on(runs, {"type": "reject", "message": "no"})[1] == "waits for another answer"


def test_an_edit_is_checked_by_the_graph(runs):
    """Before it is stored."""
    with pytest.raises(AnswerRefused, match="valid string"):
        gone_on(runs, {"type": "edit", "update": {"draft": 3}})
