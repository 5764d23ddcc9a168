"""What is kept of bets that are lost, with the thread."""

from __future__ import annotations

from typing import Any

from surestep.nodes.bets.leftovers import lost_name, unsettled_of

OPEN = {"state": "open", "superstep": 3, "checkpoint_id": "c"}


def lost(superstep: int = 3, entry: Any = OPEN) -> dict[str, Any]:
    """A mark that the bet of `a/1` is lost."""
    said = {"state": "lost", "superstep": superstep, "token": "a/1", "entry": entry, "as": "no"}
    return {lost_name("a/1"): said}


def test_an_open_bet_is_unsettled() -> None:
    """Nobody has said for what it is lost."""
    assert [*unsettled_of({"a/1": OPEN})] == [("a/1", OPEN, None)]


def test_a_bet_is_lost_for_what_was_said_of_it() -> None:
    """Once, though it is also open."""
    assert [*unsettled_of({"a/1": OPEN, **lost()})] == [("a/1", OPEN, "no")]


def test_a_loss_counts_though_another_node_has_closed_the_bet() -> None:
    """It knew of a verdict from before a crash; work was given up for one from after it."""
    assert [*unsettled_of(lost())] == [("a/1", OPEN, "no")]


def test_a_loss_of_an_earlier_superstep_is_over() -> None:
    """The step has started again since, and come up with something else."""
    assert [*unsettled_of({"a/1": OPEN, **lost(superstep=2)})] == [("a/1", OPEN, None)]


def test_what_was_left_for_steps_is_not_unsettled() -> None:
    """They find it themselves."""
    assert [*unsettled_of({"a/1": {"state": "refused", "superstep": 3}})] == []
