"""The conformance suite: verifiers that inherit it, and one it catches."""

import pytest
from pydantic import BaseModel

from surestep.testing import FakeChat, VerifierSuite
from surestep.verifiers import Judge, Rule, Schema, as_verifier


class Payment(BaseModel):
    """What the schema demands."""

    amount: int


class TestRule(VerifierSuite):
    """A rule conforms."""

    passing: object = {"amount": 5}
    failing: object = {"amount": -5}

    def make(self):
        """A rule on the amount."""
        return Rule(lambda update: update["amount"] > 0, feedback="must be positive")


class TestSchema(VerifierSuite):
    """A schema conforms."""

    passing: object = {"amount": 5}
    failing: object = {"amount": "much"}

    def make(self):
        """A schema of the amount."""
        return Schema(Payment)


class TestFunction(VerifierSuite):
    """A plain async function conforms."""

    state: object = {"limit": 10}
    passing: object = {"amount": 5}
    failing: object = {"amount": 50}

    def make(self):
        """A function that compares with the state."""

        async def below_limit(state, update):
            return update["amount"] <= state["limit"]

        return as_verifier(below_limit)


class EchoJudge(FakeChat):
    """A model that rules by what it is shown."""

    def _generate(self, messages, *_, **__):
        verdict = "fail" if '"bad"' in messages[-1].text else "pass"
        self._script = iter([f'{{"verdict": "{verdict}", "score": 0.5, "feedback": "f"}}'])
        return super()._generate(messages)


class TestJudge(VerifierSuite):
    """A judge conforms."""

    passing: object = {"text": "good"}
    failing: object = {"text": "bad"}

    def make(self):
        """A judge over a model that can tell."""
        return Judge(EchoJudge([]), rubric="Is it good?")


class Meddler(TestRule):
    """A verifier that edits what it judges, to show that the suite notices."""

    def make(self):
        """A rule that changes the update."""
        return Rule(lambda update: update.update(amount=0) is not None)


def test_the_suite_catches_a_verifier_that_edits():
    """Judging must not change the update."""
    suite = Meddler()
    suite.failing = {"amount": -5}

    with pytest.raises(AssertionError):
        suite.test_it_edits_nothing()
