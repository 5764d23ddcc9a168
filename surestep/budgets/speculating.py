"""Whether going on before a step's verdicts are in pays, by what is known of the graph.

The law is that of a chain of steps with independent attempts, each done again from where it was
refused: with free rollback going on is never slower, and per accepted output it throws away what
was built on `R / (1 - R)` refused ones, `R` being how often an output is refused. It loses where
putting back takes longer than the checks do, where what is thrown away is worth more than the time
saved, and where the next steps wait for the verdicts anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from math import prod

from surestep.budgets.assurance import Assurance
from surestep.budgets.plan import Plan
from surestep.budgets.profile import Profile
from surestep.budgets.profiled import CheckProfile, StepProfile


def losing(
    plan: Plan,
    profile: Profile,
    *,
    waiting: Collection[str] = (),
    usd_per_s: float | None = None,
    rollback_s: float = 0.0,
) -> dict[str, str]:
    """The steps a plan goes on from before their verdicts are in though that loses, and why.

    Steps that are sampled or voted on, and those the profile does not know, are left alone.

    Args:
        plan: how steps are treated.
        profile: what is known of them.
        waiting: the steps that start only once all verdicts are in.
        usd_per_s: what a second of the run is worth, in US dollars; `None` leaves money aside.
        rollback_s: the time it takes to put the graph back, in seconds.
    """
    terms, found = _Terms(profile, waiting, usd_per_s, rollback_s), {}
    for step, known in profile.steps.items():
        how = plan.of(step)
        checks = _checks(known, how)
        plain = not (known.vote or how.vote or how.tally or (how.samples or 1) > 1)
        if how.mode == "speculative" and how.speculate is not False and checks and plain:
            why = terms.why(step, checks)
            if why:
                found[step] = why
    return found


def refused_rate(known: StepProfile, checks: Collection[CheckProfile]) -> float:
    """How often an output of a step is refused by any of its checks, judging independently."""
    right = known.success * prod(check.accept_ok for check in checks)
    wrong = (1.0 - known.success) * prod(check.accept_bad for check in checks)
    return 1.0 - right - wrong


def thrown_away_usd(
    step: str, profile: Profile, seconds: float, *, waiting: Collection[str] = ()
) -> float:
    """What has been spent on an output that is refused after so many seconds, in US dollars.

    Args:
        step: the step that made it.
        profile: what is known of the graph.
        seconds: when its verdicts are in, from when it was there.
        waiting: the steps that start only once all verdicts are in.
    """
    done_s = {step: 0.0}
    spent_usd = 0.0
    for later in TopologicalSorter(profile.after).static_order():
        starts_s = [done_s[one] for one in profile.after[later] if one in done_s]
        if not starts_s or later in waiting or max(starts_s) >= seconds:
            continue
        known = profile.steps[later]
        spent_usd += known.cost_usd
        done_s[later] = max(starts_s) + known.latency_s
        if done_s[later] < seconds:
            spent_usd += sum(check.cost_usd for check in known.checks.values())
    return spent_usd


@dataclass(frozen=True, slots=True)
class _Terms:
    """What decides whether going on pays."""

    profile: Profile
    waiting: Collection[str]
    usd_per_s: float | None
    rollback_s: float

    def why(self, step: str, checks: Collection[CheckProfile]) -> str:
        """Why going on from a step loses; `""` if it does not."""
        profile = self.profile
        later = [name for name, before in profile.after.items() if step in before]
        if later and all(name in self.waiting for name in later):
            return "every step behind it waits for its verdicts anyway"
        rate = refused_rate(profile.steps[step], checks)
        if rate >= 1.0:
            return "all its outputs are refused"
        again, check_s = rate / (1.0 - rate), max(check.latency_s for check in checks)
        saved_s = check_s * (len(profile.steps) - 1) / len(profile.steps)
        if again * self.rollback_s > saved_s:
            return (
                f"{rate:.0%} of its outputs are refused, and putting back what was built on them "
                f"takes {again * self.rollback_s:.3g} s where {saved_s:.3g} s are saved"
            )
        wasted_usd = again * thrown_away_usd(step, profile, check_s, waiting=self.waiting)
        if self.usd_per_s is not None and wasted_usd > self.usd_per_s * check_s:
            return (
                f"{rate:.0%} of its outputs are refused, and ${wasted_usd:.3g} thrown away are "
                f"more than the {check_s:.3g} s of its checks are worth"
            )
        return ""


def _checks(known: StepProfile, how: Assurance) -> list[CheckProfile]:
    names: Mapping[str, CheckProfile] = known.checks
    if how.verifiers is None:
        return [*names.values()]
    return [names[name] for name in how.verifiers if name in names]
