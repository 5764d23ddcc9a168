"""A tree of ledgers under any sequence of operations."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from surestep.budgets import Hold, Ledger
from surestep.errors import BudgetExceeded

dollars = st.floats(min_value=0.0, max_value=2.0)
shares = st.floats(min_value=0.0, max_value=1.0)

RUN_USD, STEP_USD = 3.3, 1.1


class LedgerTree(RuleBasedStateMachine):
    """A run with two steps, one of them with a ceiling, beside sums kept in exact fractions."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.run_ledger = Ledger(cost_usd=RUN_USD)
        self.steps = [self.run_ledger.child("a", STEP_USD), self.run_ledger.child("b", None)]
        self.true_spent = [Fraction(0), Fraction(0)]
        self.withheld = [Fraction(0), Fraction(0)]
        self.open: dict[Hold, tuple[int, float]] = {}

    @rule(target=holds, step=st.sampled_from([0, 1]), amount=dollars)
    def reserve(self, step: int, amount: float) -> Hold | None:
        """What is granted is held; what is refused changes nothing and did not fit."""
        before = self._figures()
        room = self.steps[step].remaining_usd
        try:
            hold = self.steps[step].reserve(amount)
        except BudgetExceeded:
            assert room is not None
            assert amount > room
            assert self._figures() == before
            return None
        self.open[hold] = (step, amount)
        return hold

    @rule(hold=holds, share=shares)
    def settle(self, hold: Hold | None, share: float) -> None:
        """The true price is charged, once."""
        before = self._figures()
        if hold not in self.open:
            assert hold is None or hold.settle(share) == 0.0
            assert self._figures() == before
            return
        step, amount = self.open.pop(hold)
        assert hold.settle(amount * share) == 0.0
        self.true_spent[step] += Fraction(repr(amount * share))

    @rule(hold=holds)
    def keep(self, hold: Hold | None) -> None:
        """The reserve is charged, and marked."""
        if hold in self.open:
            step, amount = self.open.pop(hold)
            hold.keep()
            self.true_spent[step] += Fraction(repr(amount))
            assert self.steps[step].estimated
            assert self.run_ledger.estimated

    @rule(hold=holds, share=shares)
    def estimate(self, hold: Hold | None, share: float) -> None:
        """The likely cost is charged, and the rest of the reserve is withheld."""
        if hold in self.open:
            step, amount = self.open.pop(hold)
            hold.keep(amount * share)
            self.true_spent[step] += Fraction(repr(amount * share))
            self.withheld[step] += Fraction(repr(amount)) - Fraction(repr(amount * share))

    @rule(hold=holds)
    def release(self, hold: Hold | None) -> None:
        """All that was held can be held again."""
        if hold in self.open:
            step, amount = self.open.pop(hold)
            hold.release()
            again = self.steps[step].reserve(amount)
            again.release()

    @invariant()
    def no_ceiling_is_exceeded(self) -> None:
        """Neither as the ledger tells it nor in truth, if cut-off calls cost all they may have."""
        a, b = map(sum, zip(self.true_spent, self.withheld, strict=True))
        in_flight = [Fraction(repr(amount)) for _, amount in self.open.values()]
        assert a + b + sum(in_flight) <= Fraction(repr(RUN_USD))
        assert self.run_ledger.spent_usd + self.run_ledger.reserved_usd <= RUN_USD + 1e-12
        assert self.steps[0].spent_usd <= STEP_USD
        assert a <= Fraction(repr(STEP_USD))

    @invariant()
    def the_run_holds_what_its_steps_hold(self) -> None:
        """Children are parts of their parent."""
        spent = sum(step.spent_usd for step in self.steps)
        reserved = sum(step.reserved_usd for step in self.steps)
        assert abs(self.run_ledger.spent_usd - spent) < 1e-12
        assert abs(self.run_ledger.reserved_usd - reserved) < 1e-12

    @invariant()
    def over_counting_stays_below_a_nano_dollar_a_call(self) -> None:
        """The charge is the truth, rounded up."""
        for step, truth in zip(self.steps, self.true_spent, strict=True):
            over = Fraction(repr(step.spent_usd)) - truth
            assert 0 <= over < Fraction(100, 10**9)

    def _figures(self) -> list[tuple[float, float]]:
        ledgers = [self.run_ledger, *self.steps]
        return [(ledger.spent_usd, ledger.reserved_usd) for ledger in ledgers]


TestLedgerTree = LedgerTree.TestCase
