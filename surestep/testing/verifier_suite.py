"""What every verifier owes its step, as tests to inherit."""

from __future__ import annotations

import asyncio
import copy
import json
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import TypeVar

from surestep.testing.clock import run
from surestep.values import Verdict
from surestep.verifiers import Verifier, judge_output

T = TypeVar("T")


class VerifierSuite(ABC):
    """Conformance tests of a verifier; inherit them in a pytest class of your own.

    ```python
    class TestMyVerifier(VerifierSuite):
        passing = {"amount": 5}
        failing = {"amount": -1}

        def make(self):
            return MyVerifier()
    ```

    Attributes:
        state: a state the worker may have seen.
        passing: an update the verifier accepts in this state.
        failing: an update the verifier rejects in this state.
    """

    state: object = {}
    passing: object
    failing: object

    @abstractmethod
    def make(self) -> Verifier:
        """A fresh verifier."""

    def run(self, coro: Coroutine[object, object, T]) -> T:
        """The result of `coro`; override it for verifiers that need a real clock."""
        return run(coro)

    def judge(self, update: object) -> Verdict:
        """A fresh verifier's verdict on one update."""
        return self.run(judge_output(self.make(), self.state, update))

    def test_it_has_a_name(self) -> None:
        """Plans and traces refer to a verifier by its name."""
        assert self.make().name.strip()

    def test_it_passes_what_is_right(self) -> None:
        """A right update is accepted."""
        assert self.judge(self.passing).status == "pass"

    def test_it_fails_what_is_wrong(self) -> None:
        """A wrong update is rejected, which is not the same as inconclusive."""
        assert self.judge(self.failing).status == "fail"

    def test_it_edits_nothing(self) -> None:
        """A verifier judges; it changes neither the state nor the update."""
        before = copy.deepcopy((self.state, self.failing))

        self.judge(self.failing)

        assert (self.state, self.failing) == before

    def test_it_judges_many_at_once(self) -> None:
        """Concurrent checks of one verifier do not disturb each other."""
        verifier = self.make()

        async def many() -> list[Verdict]:
            updates = [self.passing, self.failing] * 10
            return await asyncio.gather(
                *(judge_output(verifier, self.state, update) for update in updates)
            )

        assert [verdict.status for verdict in self.run(many())] == ["pass", "fail"] * 10

    def test_its_evidence_is_plain_json(self) -> None:
        """Evidence is stored and shown, so it holds nothing but JSON values."""
        evidence = dict(self.judge(self.failing).evidence)

        assert json.loads(json.dumps(evidence)) == evidence

    def test_its_score_is_a_share(self) -> None:
        """A score, where there is one, lies in [0, 1]."""
        score = self.judge(self.passing).score

        assert score is None or 0.0 <= score <= 1.0
