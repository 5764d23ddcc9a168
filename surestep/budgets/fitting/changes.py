"""What differs between two profiles."""

from __future__ import annotations

from dataclasses import dataclass

from surestep.budgets.predicted import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure before and after, each with its interval.

    Attributes:
        step: whose figure it is; `""` for a whole run.
        check: the verifier, or `""` for the step itself.
        figure: the field of the profile, such as `"success"` or `"latency_s"`.
        before: the older value.
        after: the newer one.
        difference: newer minus older.
        rise: probability that the newer one is higher.
    """

    step: str
    check: str
    figure: str
    before: Estimate
    after: Estimate
    difference: Estimate
    rise: float

    @property
    def clear(self) -> bool:
        """Whether the interval of the difference leaves 0 out."""
        return self.difference.low > 0.0 or self.difference.high < 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Every figure of two profiles that differs.

    Attributes:
        run: P(all steps of a run are right, unchecked), criticality and visits counted.
        changes: the figures of steps and verifiers both have.
        added: steps only the newer one has.
        removed: steps only the older one has.
        confidence: probability that each interval holds.
    """

    run: Change
    changes: tuple[Change, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    confidence: float

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Whose figure, which, before, after and difference, for a table; clear ones first."""
        # What may be chance comes last, because tables are read from the top.
        ordered = sorted(self.changes, key=lambda change: not change.clear)
        return [
            (
                "/".join(filter(None, (change.step, change.check))) or "run",
                change.figure,
                _text(change.before),
                _text(change.after),
                _text(change.difference, sign="+") + ("" if change.clear else " ?"),
            )
            for change in (self.run, *ordered)
        ]


def _text(estimate: Estimate, sign: str = "") -> str:
    value, low, high = (
        format(it, f"{sign}.3g") for it in (estimate.value, estimate.low, estimate.high)
    )
    # A stated figure has no interval, and should not look as if it had a narrow one.
    return value if low == high else f"{value} ({low} to {high})"
