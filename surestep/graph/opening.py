"""Opening a run: everything that can be refused is refused here, before anything runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.pricing import Prices
from surestep.budgets.speculating import losing
from surestep.clock import wall_s
from surestep.errors import ContextMissing, GraphError, PriceUnknown
from surestep.graph.barriers import barriers
from surestep.graph.definition import Definition
from surestep.graph.saved import Saved
from surestep.graph.session import ABSENT, Session
from surestep.nodes.live import SUMS, Live
from surestep.nodes.options import Options
from surestep.nodes.reviewing import without_database
from surestep.nodes.spec import StepSpec
from surestep.nodes.treatment import treatment
from surestep.storage import Store
from surestep.traces.record import Tracer
from surestep.values import Effect, RunRecord, Spent, Usage
from surestep.verifiers import Judge

T = TypeVar("T")
NO_SLO = SLO()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a run starts from.

    Attributes:
        definition: the graph.
        session: what the caller asks for.
        saved: what the thread's last checkpoint keeps.
        thread_id: the thread; `None` without a checkpointer.
        store: the database; `None` without one.
        fresh: whether this is new input, rather than the going on of what was left.
        depth: how deep in another graph this one is run.
        traced: what the calls traced in the thread add up to, over all its runs.
    """

    definition: Definition
    session: Session
    saved: Saved
    thread_id: str | None
    store: Store | None
    fresh: bool
    depth: int
    traced: Spent


def is_fresh(given: object) -> bool:
    """Whether a run's input starts it anew."""
    return given is not None and not isinstance(given, Command)


def live_run(ground: Ground) -> Live:
    """The live run, which nothing stands in the way of any more.

    Raises:
        PlanError: the plan does not fit the graph.
        GraphError: the graph needs a checkpointer, a thread or a database it does not have.
        PriceUnknown: a judge under a hard cost limit has no known price.
    """
    options = _options(ground)
    definition = ground.definition
    # Under the plan compiled in, what a step needs is known; another plan may ask for more.
    specs = definition.demanding if options.plan is definition.plan else definition.specs
    definition.check(options.plan)
    check_needs(specs, options, ground)
    run_id = uuid4().hex
    live = Live(
        options,
        run_id=run_id,
        thread_id=ground.thread_id,
        tracer=Tracer(ground.store, ground.thread_id or run_id),
        store=ground.store,
        before=_before(ground),
        number=ground.saved.number,
        depth=ground.depth,
        typical=definition.typical,
        check=definition.check,
    )
    live.context_entry = _context_entry(ground)
    live.traced = _traced_before(ground)
    if not ground.fresh:
        kept = ground.saved.session.get("switched_by_hand")
        live.switched_by_hand.update(kept if isinstance(kept, list) else ())
    # Whatever the plan is now, what has been gone on from is still to be verified.
    live.resumes_unsettled = ground.saved.unsettled and not ground.fresh
    live.speculative |= live.resumes_unsettled
    ground.session.attach(live, _serial(ground, options.plan))
    return live


def _serial(ground: Ground, plan: Plan) -> Mapping[str, str]:
    """The steps whose speculation loses by the session's profile, and why."""
    wishes, definition = ground.session.wishes, ground.definition
    if wishes.profile is None:
        return {}
    found = barriers(definition, plan, database=ground.store is not None)
    waiting = {one.step for one in found if one.place == "before"}
    losers = losing(plan, wishes.profile, waiting=waiting, usd_per_s=wishes.usd_per_s)
    return {step: why for step, why in losers.items() if step in definition.specs}


def user_context(ground: Ground) -> object:
    """The user's own context: the one given, else the one kept with the thread.

    Raises:
        ContextMissing: the thread was started with a live object, and it is not here again.
    """
    given = ground.session.user_context
    if given is not ABSENT:
        return given
    entry = {} if ground.fresh else ground.saved.session.get("context")
    if not isinstance(entry, Mapping) or not entry:
        return None
    if "json" in entry:
        return entry["json"]
    raise ContextMissing(
        f"This thread was started with a context of type {entry['type']}, which no store can "
        "keep, and is resumed without one.",
        remedy="Pass it again: context=session(context=...).",
    )


def check_needs(specs: Mapping[str, StepSpec], options: Options, ground: Ground) -> None:
    """Nothing, if the graph has what its steps need.

    Raises:
        GraphError: it does not.
        PriceUnknown: a judge has no price under a hard cost limit.
    """
    for path, spec in specs.items():
        how = treatment(spec, options.plan.of(path))
        asks = how.human != "never" or "escalate" in (spec.on_budget, spec.on_inconclusive)
        if asks and ground.thread_id is None:
            raise GraphError(
                f"Step {path!r} may ask a person, and there is no checkpointer to wait with.",
                remedy="Compile with checkpointer=..., and run with a thread_id.",
            )
        if spec.effect is Effect.IRREVERSIBLE:
            _check_effect(path, ground)
        if spec.attended and ground.store is None:
            raise without_database(path)
        _check_prices(how.verifiers, options, spec.budget.cost_usd)


def _check_effect(path: str, ground: Ground) -> None:
    if ground.store is None:
        raise GraphError(
            f"Step {path!r} is irreversible, and there is no database for its journal.",
            remedy="Compile with database=..., or set SURESTEP_DB.",
        )
    if ground.thread_id is None:
        raise GraphError(
            f"Step {path!r} is irreversible, and without a thread it has no key.",
            remedy="Compile with checkpointer=..., and run with a thread_id.",
        )


def _check_prices(verifiers: tuple[object, ...], options: Options, own_usd: float | None) -> None:
    limits_usd = [limit for limit in (options.slo.cost_usd, own_usd) if limit is not None]
    for verifier in verifiers:
        model = verifier.model_name if isinstance(verifier, Judge) else None
        if limits_usd and model is not None and options.prices.of(model) is None:
            raise PriceUnknown(model, limit_usd=min(limits_usd))


def _options(ground: Ground) -> Options:
    """The caller's wishes, then what the thread was started with, then what is compiled in."""
    wishes = ground.session.wishes
    kept: Mapping[str, Any] = {} if ground.fresh else ground.saved.session
    slo, plan = wishes.slo, wishes.plan
    if slo is None:
        slo = SLO.of_dict(kept["slo"]) if "slo" in kept else NO_SLO
    if plan is None:
        plan = Plan.of_dict(kept["plan"]) if "plan" in kept else ground.definition.plan
    return Options(
        slo=slo,
        plan=plan,
        prices=wishes.prices or Prices(),
        rates=wishes.rates,
        planner=wishes.planner,
        max_waste_usd=_first(wishes.max_waste_usd, kept.get("max_waste_usd")),
        max_unsettled=_first(wishes.max_unsettled, kept.get("max_unsettled")),
        hold_stream=wishes.hold_stream,
    )


def _first(given: T | None, kept: T | None) -> T | None:
    return kept if given is None else given


def _before(ground: Ground) -> RunRecord:
    if ground.fresh:
        return RunRecord()
    record = ground.saved.run_record()
    # The machine may have worked on for a while with the question open.
    waited_s = max(0.0, wall_s() - ground.saved.at) if ground.saved.questions else 0.0
    spent = _with_lost(record.spent, ground)
    return replace(record, spent=replace(spent, human_s=spent.human_s + waited_s))


def _traced_before(ground: Ground) -> Usage:
    """What the calls of the thread's earlier runs were traced to cost."""
    if ground.fresh:
        return Usage(**{name: getattr(ground.traced, name) for name in SUMS})
    known = ground.saved.session.get("traced")
    return Usage(**known) if isinstance(known, Mapping) else Usage()


def _with_lost(spent: Spent, ground: Ground) -> Spent:
    """What the checkpoint says was spent, and what steps a crash cut off had spent by then."""
    traced, before = ground.traced, _traced_before(ground)
    lost = {
        name: max(0.0, getattr(traced, name) - getattr(before, name) - getattr(spent, name))
        for name in SUMS
    }
    # The sums do not say whose calls they were.
    return spent.charged(Usage(**lost), "worker")


def _context_entry(ground: Ground) -> dict[str, object]:
    given = ground.session.user_context
    if given is ABSENT and not ground.fresh:
        kept = ground.saved.session.get("context")
        return dict(kept) if isinstance(kept, Mapping) else {}
    if given is ABSENT or given is None:
        return {}
    try:
        json.dumps(given)
    except (TypeError, ValueError):
        return {"type": type(given).__name__}
    return {"json": given}


def depth_of(config: RunnableConfig) -> int:
    """How deep in another graph a run's own namespace lies."""
    namespace = str(config["configurable"].get("checkpoint_ns", ""))
    return namespace.count("|") + 1 if namespace else 0
