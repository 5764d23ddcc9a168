"""Rungs in the database: earned by reviewed outcomes, lost at once by bad ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from surestep.errors import InputError
from surestep.review.rungs import Ladder, Rung
from surestep.review.standing import demote, heed, promote, rung_of, standing
from surestep.storage import Store
from surestep.testing import run
from surestep.testing.opened import a_question
from surestep.values import Decision
from tests.review.acted import LADDER, acted, an_action, stands


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty database."""
    found = Store.open(tmp_path / "s.db")
    yield found
    found.close()


def test_a_step_starts_where_it_says_and_that_is_on_record(store: Store) -> None:
    """From its first run on, so that its evidence has a beginning."""

    async def scene() -> tuple[Rung, tuple[str, ...]]:
        rung = await rung_of(store, "decide", Rung.PERSON_LEADS)
        return rung, tuple(entry.what for entry in await store.reviews.rungs("decide"))

    assert run(scene()) == (Rung.PERSON_LEADS, ("started",))


def test_a_promotion_waits_for_evidence(store: Store) -> None:
    """What is missing is said, and nothing changes."""

    async def scene() -> None:
        await stands(store, Rung.APPROVE_BY_TIER)
        await acted(store, [True] * 5)
        await promote(store, "decide", by="lead")

    with pytest.raises(InputError, match="15 more reviewed outcomes"):
        run(scene())
    assert len(run(store.reviews.rungs("decide"))) == 1


def test_a_person_promotes_what_has_earned_it(store: Store) -> None:
    """Their name, the reason and the evidence are kept; evidence starts anew there."""

    async def scene() -> tuple[object, ...]:
        await stands(store, Rung.APPROVE_BY_TIER)
        await acted(store, [True] * 29 + [False])
        proposed = (await standing(store, "decide")).proposed
        await asyncio.sleep(1.0)
        now = await promote(store, "decide", by="lead")
        entry = now.history[-1]
        return proposed, now.rung, entry.what, entry.who, entry.why, now.evidence["errors"]

    proposed, rung, what, who, why, errors = run(scene())
    assert (proposed, rung) == (Rung.SAMPLED_REVIEW, Rung.SAMPLED_REVIEW)
    assert (what, who) == ("promoted", "lead")
    assert "1 of 30 reviewed outcomes were wrong" in str(why)
    assert errors is None


def test_errors_demote_a_step_by_themselves(store: Store) -> None:
    """As soon as a reviewer has said so."""

    async def scene() -> tuple[Rung, str, str]:
        await stands(store, Rung.SAMPLED_REVIEW)
        await acted(store, [False] * 20)
        question = await store.question("t19/1/decide/1/review")
        assert question is not None
        await heed(store, question)
        entry = (await store.reviews.rungs("decide"))[-1]
        return Rung(entry.rung), entry.what, entry.who

    assert run(scene()) == (Rung.APPROVE_BY_TIER, "demoted", "")


def test_a_run_reads_a_demotion_at_once(store: Store) -> None:
    """Whoever demotes a step in this process has the next run look again."""

    async def scene() -> tuple[Rung, Rung]:
        await stands(store, Rung.AUTONOMOUS)
        before = await rung_of(store, "decide", Rung.AUTONOMOUS)
        await demote(store, "decide", by="lead", why="new prompt")
        return before, await rung_of(store, "decide", Rung.AUTONOMOUS)

    assert run(scene()) == (Rung.AUTONOMOUS, Rung.SAMPLED_REVIEW)


@pytest.mark.parametrize("rung", list(Rung))
def test_an_incident_has_every_action_approved(store: Store, rung: Rung) -> None:
    """A step that stands below that stays there, and the incident is on record."""

    async def scene() -> tuple[Rung, str]:
        await stands(store, rung)
        now = await demote(store, "decide", by="ops", why="paid twice", incident=True)
        return now.rung, now.history[-1].what

    assert run(scene()) == (min(rung, Rung.APPROVE_EVERY_ACTION), "incident")


def test_a_change_without_labels_brings_an_autonomous_step_under_review(store: Store) -> None:
    """Nobody looks at what it does, so an alarm that needs no labels counts."""

    async def scene() -> Rung:
        await stands(store, Rung.AUTONOMOUS)
        for number in range(400):
            row = an_action(number, chance=0.0, question=None, size=100 if number < 300 else 900)
            await store.reviews.put(row)
            await store.reviews.settle([row.key])
        return (await standing(store, "decide")).rung

    assert run(scene()) == Rung.SAMPLED_REVIEW


def test_of_two_promotions_at_once_one_counts(store: Store) -> None:
    """The other is told to look again; the step climbs one rung."""

    async def scene() -> tuple[Rung, int]:
        await stands(store, Rung.APPROVE_BY_TIER)
        await acted(store, [True] * 30)
        both = (promote(store, "decide", by=who) for who in ("ann", "bob"))
        found = await asyncio.gather(*both, return_exceptions=True)
        refused = [one for one in found if isinstance(one, InputError)]
        return Rung((await store.reviews.rungs("decide"))[-1].rung), len(refused)

    assert run(scene()) == (Rung.SAMPLED_REVIEW, 1)


def test_what_people_approved_beforehand_is_evidence_too(store: Store) -> None:
    """An edit says that the proposal was wrong."""

    async def scene() -> dict[str, object]:
        await stands(store, Rung.APPROVE_EVERY_ACTION)
        for number, kind in enumerate(["approve", "approve", "edit", "respond"]):
            asked = a_question(question_id=f"t/{number}/decide/1/1")
            await store.ask(asked)
            update = {"n": 1} if kind == "edit" else None
            await store.answer(asked.question_id, Decision(kind, update=update, message="m"))
        errors = (await standing(store, "decide")).evidence["errors"]
        assert isinstance(errors, dict)
        return {name: errors[name] for name in ("reviewed", "found")}

    assert run(scene()) == {"reviewed": 3, "found": 1}


def test_a_step_that_earns_nothing_has_no_standing(store: Store) -> None:
    """With what to do about it."""
    with pytest.raises(InputError, match="human=Earned"):
        run(standing(store, "decide"))


def test_ladders_read_as_they_were_written() -> None:
    """Limits nobody set stay unset."""
    for ladder in (LADDER, Ladder(), Ladder.costing(1.5)):
        assert Ladder.of_dict(ladder.as_dict()) == ladder


@pytest.mark.parametrize("rung", list(Rung))
def test_rungs_are_named_by_words_or_numbers(rung: Rung) -> None:
    """As a command line has them."""
    assert Rung.named(rung.words) is Rung.named(str(int(rung))) is rung
