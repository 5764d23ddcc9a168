"""Claims and leases under any sequence of what reviewers do, beside a model in plain Python."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from surestep.errors import AnswerRefused, ClaimRefused
from surestep.storage import Store
from surestep.testing.clock import VirtualLoop
from surestep.testing.opened import a_question
from surestep.values import Decision

LEASE_S = 10.0
QUESTIONS = ("a", "b")
names = st.sampled_from(["ann", "bob", "cyd"])
questions = st.sampled_from(QUESTIONS)


@dataclass
class Place:
    """Where the model has a question."""

    holder: str = ""
    until: float = 0.0
    to: str = ""
    decided: bool = False

    def live(self, now: float) -> str:
        """Who holds it."""
        return self.holder if now < self.until else ""


class Claims(RuleBasedStateMachine):
    """Three reviewers at two questions."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(Path(self.folder.name) / "a.db")
        self.model = {name: Place() for name in QUESTIONS}
        for name in QUESTIONS:
            self.loop.run_until_complete(self.store.ask(a_question(question_id=name)))

    def teardown(self) -> None:
        """Leave nothing open."""
        self.store.close()
        self.loop.close()
        self.folder.cleanup()

    @property
    def now(self) -> float:
        """The virtual time of day."""
        return self.loop.wall_time()

    @rule(wait_s=st.sampled_from([1.0, 4.0, 9.0, 10.0]))
    def wait(self, wait_s: float) -> None:
        """Time goes by, and leases run out."""
        self.loop.run_until_complete(asyncio.sleep(wait_s))

    @rule(question=questions, who=names)
    def claim(self, question: str, who: str) -> None:
        """It works for whom nobody is in the way of."""
        place = self.model[question]
        free = place.live(self.now) in ("", who) and place.to in ("", who)
        allowed = not place.decided and free
        assert self._goes(self.store.claim(question, who, LEASE_S)) == allowed
        if allowed:
            place.holder, place.until = who, self.now + LEASE_S

    @rule(question=questions, who=names)
    def renew(self, question: str, who: str) -> None:
        """It works for the holder of a live lease."""
        place = self.model[question]
        allowed = not place.decided and place.live(self.now) == who
        assert self._goes(self.store.renew(question, who, LEASE_S)) == allowed
        if allowed:
            place.until = self.now + LEASE_S

    @rule(question=questions, who=names)
    def release(self, question: str, who: str) -> None:
        """It works for who claimed it last."""
        place = self.model[question]
        allowed = not place.decided and place.holder == who
        assert self._goes(self.store.release(question, who)) == allowed
        if allowed:
            self.model[question] = Place()

    @rule(question=questions, who=names, to=names)
    def hand_on(self, question: str, who: str, to: str) -> None:
        """It works unless somebody else is at it."""
        place = self.model[question]
        allowed = not place.decided and place.live(self.now) in ("", who)
        assert self._goes(self.store.hand_on(question, by=who, to=to)) == allowed
        if allowed:
            self.model[question] = Place(to=to)

    @rule(question=questions, who=names)
    def decide(self, question: str, who: str) -> None:
        """It works once, for the holder, or for whom it waits if it was not claimed."""
        place = self.model[question]
        holds = place.live(self.now) == who if place.holder else place.to in ("", who)
        allowed = holds and not place.decided
        assert self._goes(self.store.answer(question, Decision("approve", actor=who))) == allowed
        if allowed:
            self.model[question] = Place(decided=True)

    @rule(who=names)
    def offer(self, who: str) -> None:
        """It gives one that the model has free for this reviewer, if there is any."""
        free = {
            name
            for name, place in self.model.items()
            if not place.decided and not place.live(self.now) and place.to in ("", who)
        }
        item = self.loop.run_until_complete(self.store.offer("default", who, lease_s=LEASE_S))
        assert (item is None) == (not free)
        if item is not None:
            assert item.question.question_id in free
            place = self.model[item.question.question_id]
            place.holder, place.until = who, self.now + LEASE_S

    @invariant()
    def both_agree(self) -> None:
        """The store has each question as the model has it."""
        for name, place in self.model.items():
            item = self.loop.run_until_complete(self.store.item(name))
            assert item is not None
            held = "" if place.decided else place.live(self.now)
            assert (item.status == "answered", item.holder(self.now)) == (place.decided, held)

    def _goes(self, work: object) -> bool:
        try:
            self.loop.run_until_complete(work)
        except (AnswerRefused, ClaimRefused):
            return False
        return True


TestClaims = Claims.TestCase
TestClaims.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
