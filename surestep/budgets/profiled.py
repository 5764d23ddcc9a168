"""What is known of one step, of its verifiers, and of the people it may go to: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from surestep.budgets import checked
from surestep.errors import PlanError
from surestep.values import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckProfile:
    """What is known of one verifier.

    Attributes:
        accept_ok: P(accept | right), in [0, 1].
        accept_bad: P(accept | wrong), in [0, 1]; what `blind` lets through is part of it.
        latency_s: mean time of one check, in seconds.
        cost_usd: mean price of one check, in US dollars.
        latencies_s: equally likely times of one check, in seconds; `()` if only the mean is known.
        trials_ok: right outputs behind `accept_ok`; 0 if the rate is stated, and taken as exact.
        trials_bad: wrong outputs behind `accept_bad`; 0 if the rate is stated.
        family: verifiers of one family share their blind spot; by default each stands alone.
        blind: share of all wrong outputs that nothing of this family can tell from right ones.
        spread: correlation between two verdicts of this family on outputs alike in truth, as in
            a beta-binomial; 0 if verdicts are independent given the truth.
        spread_trials: how many trials `spread` is worth; 0 if it is stated.
        persistence: correlation between its verdicts on two attempts at one task that are alike
            in truth: once refused, one is accepted with `accept_ok` or `accept_bad` times
            1 - `persistence`; 0 if each is judged afresh.
        calls: checks behind the times and prices; 0 if they are stated.

    Raises:
        PlanError: for a rate outside [0, 1], a negative, NaN or infinite amount, or a `blind`
            above `accept_bad`.
    """

    accept_ok: float
    accept_bad: float
    latency_s: float = 0.0
    cost_usd: float = 0.0
    latencies_s: tuple[float, ...] = ()
    trials_ok: float = 0.0
    trials_bad: float = 0.0
    family: str = ""
    blind: float = 0.0
    spread: float = 0.0
    spread_trials: float = 0.0
    persistence: float = 0.0
    calls: float = 0.0

    def __post_init__(self) -> None:
        checked.rates(self, "accept_ok", "accept_bad", "blind", "spread", "persistence")
        checked.amounts(self, latency_s="seconds", cost_usd="US dollars", calls="checks")
        checked.amounts(self, trials_ok="trials", trials_bad="trials", spread_trials="trials")
        object.__setattr__(self, "latencies_s", checked.times("latencies_s", self.latencies_s))
        if self.blind > self.accept_bad:
            raise PlanError(
                f"blind is {self.blind}, above accept_bad, which is {self.accept_bad}.",
                remedy="Give a share of all wrong outputs: those it misses are accepted.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonProfile:
    """What is known of the people who are asked.

    Attributes:
        minutes: mean minutes of a person's time for one question.
        fix: P(right) of what goes on after a person was asked about a refused output.
        accept_ok: P(a person accepts | right), when asked to approve.
        accept_bad: P(a person accepts | wrong), when asked to approve.
        wait_s: mean time until the answer is there, in seconds; it is no machine time.

    Raises:
        PlanError: for a rate outside [0, 1], or a negative, NaN or infinite amount.
    """

    minutes: float
    fix: float = 1.0
    accept_ok: float = 1.0
    accept_bad: float = 0.0
    wait_s: float = 0.0

    def __post_init__(self) -> None:
        checked.rates(self, "fix", "accept_ok", "accept_bad")
        checked.amounts(self, minutes="minutes", wait_s="seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """How often outputs are right about which a worker is about equally sure.

    Attributes:
        said: the mean confidence the worker gave them, in [0, 1].
        right: the share of them that is right.
        trials: judged outputs behind `right`.

    Raises:
        PlanError: for a rate outside [0, 1], or a negative, NaN or infinite number.
    """

    said: float
    right: float
    trials: float = 0.0

    def __post_init__(self) -> None:
        checked.rates(self, "said", "right")
        checked.amounts(self, trials="trials")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProfile:
    """What is known of one step.

    Attributes:
        success: probability that an unchecked output is right, in [0, 1].
        latency_s: mean time of one worker call, in seconds.
        cost_usd: mean price of one worker call, in US dollars.
        effect: what the step does to the world.
        checks: its verifiers, by name.
        latencies_s: equally likely times of one worker call, in seconds; `()` if only the mean
            is known.
        trials: how many independent judged outputs `success` is worth, repeats of one task
            counting for less than one each; 0 if the rate is stated, and taken as exact.
        spread: correlation between the outcomes of two attempts at one task, because tasks
            differ in difficulty, as in a beta-binomial; 0 if attempts are independent.
        spread_trials: how many trials `spread` is worth; 0 if it is stated.
        retry_success: P(right) of an attempt after a wrong one was refused, its feedback given;
            `None` leaves it to `success` and `spread`.
        retry_trials: judged attempts behind `retry_success`; 0 if it is stated.
        alike: P(two wrong samples of one task are the same answer); 1 is the worst case for votes.
        vote: name of the vote among its verifiers; `""` if its answers cannot be compared.
        criticality: P(the run's result is wrong | this step's output is).
        visits: expected visits per run.
        person: who is asked about it; `None` leaves it to the profile.
        calls: worker calls behind the times, prices and tokens; 0 if they are stated.
        latency_wrong: mean time of a call that goes wrong over that of one that goes right.
        tokens_in: mean prompt tokens of one worker call.
        tokens_out: mean completion tokens of one worker call.
        calibration: what the worker's confidence is worth, from the least sure to the surest.

    Raises:
        PlanError: for a rate outside [0, 1], or a negative, NaN or infinite amount.
    """

    success: float
    latency_s: float = 0.0
    cost_usd: float = 0.0
    effect: Effect = Effect.PURE
    # Left out of the hash because a mapping has none; equal profiles still hash alike.
    checks: Mapping[str, CheckProfile] = field(default_factory=dict, hash=False)
    latencies_s: tuple[float, ...] = ()
    trials: float = 0.0
    spread: float = 0.0
    spread_trials: float = 0.0
    retry_success: float | None = None
    retry_trials: float = 0.0
    alike: float = 1.0
    vote: str = ""
    criticality: float = 1.0
    visits: float = 1.0
    person: PersonProfile | None = None
    calls: float = 0.0
    latency_wrong: float = 1.0
    tokens_in: float = 0.0
    tokens_out: float = 0.0
    calibration: tuple[Confidence, ...] = ()

    def __post_init__(self) -> None:
        checked.rates(self, "success", "spread", "alike", "criticality")
        if self.retry_success is not None:
            checked.rate("retry_success", self.retry_success)
        checked.amounts(self, latency_s="seconds", cost_usd="US dollars")
        checked.amounts(self, trials="trials", spread_trials="trials", retry_trials="trials")
        checked.amounts(self, visits="visits", calls="calls", latency_wrong="times as long")
        checked.amounts(self, tokens_in="tokens", tokens_out="tokens")
        object.__setattr__(self, "latencies_s", checked.times("latencies_s", self.latencies_s))
        object.__setattr__(self, "calibration", tuple(self.calibration))
        object.__setattr__(self, "effect", _effect(self.effect))
        for name, check in self.checks.items():
            if not isinstance(check, CheckProfile):
                raise PlanError(f"Check {name!r} is {check!r}.", remedy="Give a CheckProfile.")
        object.__setattr__(self, "checks", dict(self.checks))


def _effect(effect: object) -> Effect:
    for choice in Effect:
        if effect == choice:
            return choice
    listed = ", ".join(repr(choice.value) for choice in Effect)
    raise PlanError(f"effect is {effect!r}.", remedy=f"Give one of {listed}.")
