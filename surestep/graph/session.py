"""A session: what a run must meet, and a handle to watch and steer it while it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from surestep.budgets import checked
from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner import Planner
from surestep.budgets.pricing import Price, Prices
from surestep.budgets.profile import Profile
from surestep.budgets.throttle import Rate, Rates
from surestep.errors import InputError, PlanError
from surestep.nodes.live import Live
from surestep.traces.record import Listener
from surestep.values import RunRecord

RESERVED_KEY = "surestep"
LIMITS = ("max_waste_usd", "max_unsettled")


class _Absent:
    """No context of the user's; `None` may be one."""


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a session was given; `None` leaves a thing as the thread, or the app, has it.

    Raises:
        PlanError: a number does not fit.
    """

    slo: SLO | None = None
    plan: Plan | None = None
    prices: Prices | None = None
    rates: Rates | None = None
    planner: Planner | None = None
    target: str | None = None
    max_waste_usd: float | None = None
    max_unsettled: int | None = None
    hold_stream: bool = False
    profile: Profile | None = None
    usd_per_s: float | None = None
    wait_s: float = 0.0

    def __post_init__(self) -> None:
        checked.not_negative("wait_s", self.wait_s, unit="seconds")
        if self.max_waste_usd is not None:
            checked.not_negative("max_waste_usd", self.max_waste_usd, unit="US dollars")
        if self.max_unsettled is not None:
            checked.count("max_unsettled", self.max_unsettled, least=0)
        if self.usd_per_s is not None:
            checked.not_negative("usd_per_s", self.usd_per_s, unit="US dollars")


class Session:
    """A handle to one run and its resumes; made by `session`."""

    def __init__(self, wishes: Wishes, context: object) -> None:
        self.wishes = wishes
        self.user_context = context
        self._listeners: list[Listener] = []
        self._switches: list[tuple[str, Mapping[str, object], str, str]] = []
        self._live: Live | None = None

    @property
    def record(self) -> RunRecord:
        """The run so far; it fills while the run goes."""
        return self._live.record() if self._live else RunRecord()

    def listen(self, listener: Listener) -> None:
        """Have `listener` called with each event of the run, as it happens, from now on."""
        self._listeners.append(listener)
        if self._live:
            self._live.tracer.listen(listener)

    def switch(self, step: str, /, *, why: str, by: str = "code", **changes: object) -> None:
        """Treat a step differently from its next start on, as in `mode="off"`.

        Args:
            step: the step's path.
            why: the reason, for the trace.
            by: who wants it, for the trace.
            changes: keys of `Assurance`, as in `Plan.with_step`.

        Raises:
            PlanError: the change does not fit, or the run has no such step.
        """
        if self._live is None:
            Plan().with_step(step, **changes)
            self._switches.append((step, changes, why, by))
        else:
            self._live.switch(step, changes, why=why, by=by)

    def change(self, *, slo: SLO, why: str, by: str = "code") -> None:
        """Hold the run to another SLO, such as a later deadline, while it goes.

        It counts from the run's start, like the one before; to be called on the run's loop.
        Worker calls under way follow a new deadline, if they had one before; all else does from
        its next start on, and a planner decides by it at once.

        Args:
            slo: what the run must meet now, as a whole.
            why: the reason, for the trace.
            by: who wants it, for the trace.

        Raises:
            PlanError: the value is no SLO.
        """
        if not isinstance(slo, SLO):
            raise PlanError(f"slo is {slo!r:.80}.", remedy="Give an SLO.")
        self.wishes = replace(self.wishes, slo=slo)
        if self._live is not None:
            self._live.change(slo, why=why, by=by)

    def attach(self, live: Live, serial: Mapping[str, str]) -> None:
        """Follow this run from now on; what was asked for before it started takes effect.

        Args:
            live: the run.
            serial: the steps that are to run serially by the profile, and why.

        Raises:
            PlanError: a switch names a step the run does not have.
        """
        self._live = live
        for listener in self._listeners:
            live.tracer.listen(listener)
        for step, why in serial.items():
            live.switch(step, {"mode": "serial"}, why=why, by="profile")
        for step, changes, why, by in self._switches:
            live.switch(step, changes, why=why, by=by)
        self._switches.clear()


def session(
    *,
    slo: SLO | None = None,
    plan: Plan | None = None,
    context: object = ABSENT,
    prices: Mapping[str, Price] | None = None,
    rates: Mapping[str, Rate] | None = None,
    planner: Planner | None = None,
    max_waste_usd: float | None = None,
    max_unsettled: int | None = None,
    hold_stream: bool = False,
    profile: Profile | None = None,
    usd_per_s: float | None = None,
    wait_s: float = 0.0,
) -> Session:
    """What to pass as `context=` to a verified app, and to read the run's record from.

    Args:
        slo: what the run must meet. `latency_s` (machine time, in seconds) and `cost_usd` are
            hard limits of the run; the other fields are aims for planning.
        plan: how steps are treated; default: the thread's, else the plan compiled in.
        context: the user's own context, which every node sees as `runtime.context`.
        prices: prices by model, before those of the price library.
        rates: request rates by provider, as in `{"openai": Rate(requests=500)}`; default: none.
        planner: asked before each step how to treat it; default: the plan alone decides.
        max_waste_usd: how much model calls may cost, in US dollars, whose work is thrown away
            because an output it was built on is refused. Once what is lost and what could still
            be comes to this, nodes wait for open verdicts before they start, so it is exceeded
            by no more than what nodes that started together spend. Default: no limit.
        max_unsettled: on how many unsettled outputs a node may start; 0 makes it wait for all
            verdicts. Default: no limit.
        hold_stream: whether streams show an update only once nothing can take it back any
            more. The run then waits for people where they are asked.
        profile: what is known of the steps: those that the plan goes on from before their
            verdicts are in, though that loses, run serially, with the reason in the trace.
        usd_per_s: what a second of the run is worth, in US dollars: with a profile, steps whose
            refusals throw away more than the time saved is worth run serially. Default: only
            time counts.
        wait_s: how long to wait for another run that is going on with the thread, in seconds;
            by default this one is refused at once.

    Raises:
        PlanError: a value does not fit.
    """
    check_type("slo", slo, SLO)
    check_type("plan", plan, Plan)
    for name, price in (prices or {}).items():
        check_type(f"prices[{name!r}]", price, Price)
    for name, rate in (rates or {}).items():
        check_type(f"rates[{name!r}]", rate, Rate)
    check_type("profile", profile, Profile)
    wishes = Wishes(
        slo=slo,
        plan=plan,
        prices=None if prices is None else Prices(prices),
        rates=None if rates is None else Rates(rates),
        planner=planner,
        max_waste_usd=max_waste_usd,
        max_unsettled=max_unsettled,
        hold_stream=hold_stream,
        profile=profile,
        usd_per_s=usd_per_s,
        wait_s=wait_s,
    )
    return Session(wishes, context)


def check_type(name: str, value: object, kind: type[object]) -> None:
    """Nothing, if a value is `None` or of this kind.

    Raises:
        PlanError: it is not.
    """
    if value is not None and not isinstance(value, kind):
        raise PlanError(f"{name} is {value!r:.80}.", remedy=f"Give a {kind.__name__}.")


def session_of(context: object) -> Session:
    """The session inside whatever was passed as context.

    On a LangGraph server the context is JSON, and ours stands under one reserved key:
    `{"surestep": {"slo": {...}, "plan": {...}, "max_waste_usd": 0.01, "max_unsettled": 4}}`.

    Raises:
        PlanError: what stands under that key is no session.
    """
    if isinstance(context, Session):
        return context
    if not isinstance(context, Mapping) or RESERVED_KEY not in context:
        return Session(Wishes(), ABSENT if context is None else context)
    theirs = {key: value for key, value in context.items() if key != RESERVED_KEY}
    return Session(_of_json(context[RESERVED_KEY]), theirs or ABSENT)


def _of_json(options: Any) -> Wishes:
    if not isinstance(options, Mapping) or not set(options) <= {"slo", "plan", *LIMITS}:
        raise PlanError(
            f"context[{RESERVED_KEY!r}] is {options!r:.80}.",
            remedy=f'Give {{"slo": {{...}}, "plan": {{...}}}} and {", ".join(LIMITS)}, or leave '
            "parts out.",
        )
    slo, plan = options.get("slo"), options.get("plan")
    try:
        read = Plan.of_toml if isinstance(plan, str) else Plan.of_dict
        return Wishes(
            slo=None if slo is None else SLO.of_dict(slo),
            plan=None if plan is None else read(plan),
            max_waste_usd=options.get("max_waste_usd"),
            max_unsettled=options.get("max_unsettled"),
        )
    except (TypeError, AttributeError) as error:
        raise InputError(
            f"context[{RESERVED_KEY!r}] is {options!r:.80}.",
            remedy='Give {"slo": {...}, "plan": {...}} with tables inside.',
        ) from error
