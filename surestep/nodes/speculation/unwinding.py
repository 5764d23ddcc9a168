"""Undoing the effects of steps that ran on a lost bet, before the channels are put back.

That the bet is lost is journaled before anything is undone. After a crash its check would be made
again and might pass, but effects would have been undone already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_CHECKPOINT_NS, CONFIG_KEY_RUNTIME

from surestep.errors import RunFailed
from surestep.nodes.bets.bet import Bet
from surestep.nodes.bets.book import Bets
from surestep.nodes.bets.leftovers import refused_entry
from surestep.nodes.channels import HUB, Table
from surestep.nodes.journal import Journal, Keeper, dumped, keeper_of, loaded
from surestep.nodes.live import Live
from surestep.nodes.speculation.adopting import Orphan, StageOf, channels_at, checkpoint_at
from surestep.nodes.stage import Stage
from surestep.nodes.stuck import question_about, question_id
from surestep.nodes.undoing import trace, undo
from surestep.storage import Deed, Loss, Store
from surestep.values import Decision, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwinding:
    """What it takes to undo effects of a graph.

    Attributes:
        bets: the graph's bets.
        steps: makes the stage of a visit that nobody remembers.
        config: of the planner's node.
        live: the run.
        store: its database.
        keeper: its checkpointer.
    """

    bets: Bets
    steps: Mapping[str, StageOf]
    config: RunnableConfig
    live: Live
    store: Store
    keeper: Keeper

    async def run(self, entries: Table, answers: Table) -> Question | None:
        """Undo all effects since the earliest lost bets', the last to end first.

        Args:
            entries: what is kept of the bets with the thread.
            answers: what people have answered, by question.

        Returns:
            What a person has to answer before this can go on; `None` once nothing is left.

        Raises:
            RunFailed: a person will not have it go on.
            SurestepError: the checkpoint a visit started from is gone.
        """
        # Nodes of a fan-out may still be at work beside the planner's node.
        await self.bets.calmed()
        superstep: int | None = None
        # While one effect is being undone, an earlier bet may be lost as well.
        while superstep != (first := self.bets.first_lost()[0].superstep):
            superstep = first
            question = await self._since(superstep, entries, answers)
            if question is not None:
                return question
        return None

    async def _since(self, superstep: int, entries: Table, answers: Table) -> Question | None:
        """Undo all effects since a superstep; the question for a person if one cannot be undone."""
        lost = self.bets.first_lost()
        deeds = await self._deeds(lost, superstep)
        later = [deed for deed in deeds if deed.superstep > superstep]
        # A step with a bet comes out as before, or undoes its own effect.
        bets = {*self.bets.open, *self.bets.lost, *self.bets.standing}
        kept = [
            deed.key
            for deed in deeds
            if deed.superstep == superstep and deed.status == "done" and token_of(deed) not in bets
        ]
        if later or kept:
            losses = self._losses(lost, entries) if later else []
            await self.store.lose(losses, kept=kept)
        for deed in later:
            question = await self._undone(deed, answers)
            if question is not None:
                return question
        return None

    async def _undone(self, deed: Deed, answers: Table) -> Question | None:
        """Undo one effect; the question for a person if that fails."""
        stage = await self._stage(deed)
        if deed.status == "stuck":
            return await self._decided(deed, stage, answers)
        journal = Journal(stage, self.store, self.keeper)
        why = await journal.revoke(partial(undo, stage))
        if not why:
            return None
        trace(stage, "not undone")
        stuck = replace(deed, status="stuck", asked=deed.asked + 1)
        return question_about(stage, stuck, journal.output(deed), why)

    async def _decided(self, deed: Deed, stage: Stage, answers: Table) -> Question | None:
        """Act on what a person says of an effect that is stuck; the question if nobody has."""
        name = question_id(deed)
        answer = answers.get(name)
        decision = Decision(**answer) if isinstance(answer, dict) else None
        decision = decision or await self.live.answer_to(name)
        if decision is None:
            why = "its effect could not be undone, or it is not known whether it is"
            output = Journal(stage, self.store, self.keeper).output(deed)
            return await self.store.question(name) or question_about(stage, deed, output, why)
        self.live.answers.pop(name, None)
        if decision.kind == "approve":
            await self.store.mark_deed(deed.key, "undone")
            trace(stage, "said to be undone")
            return None
        # Asked anew when the run is tried again.
        await self.store.mark_deed(deed.key, "stuck")
        who, said = decision.actor or "a person", decision.message or "no reason given"
        reason = f"the effect {deed.key!r} is not undone, and {who} rejects going on: {said}"
        self.live.stop("failed", reason)
        raise RunFailed(deed.step, reason, self.live.record())

    async def _stage(self, deed: Deed) -> Stage:
        known = self.bets.acted.get(deed.key)
        if isinstance(known, Stage):
            return known
        orphan = Orphan(
            token=token_of(deed),
            entry={
                "arg": None if deed.arg is None else loaded(self.keeper, deed.arg),
                "lineage": deed.lineage,
                "visit": deed.visit,
                "checkpoint_id": deed.checkpoint_id,
            },
            before=await channels_at(self.config, deed.checkpoint_id),
        )
        return self.steps[deed.step](orphan, self.config)

    async def _deeds(self, lost: Sequence[Bet], superstep: int) -> list[Deed]:
        """The effects since a superstep, without those of other branches of the thread."""
        assert self.live.thread_id is not None
        found = await self.store.deeds(self.live.thread_id, self.live.number, since=superstep)
        acted = self.bets.acted
        way: set[str] = set()
        if any(deed.key not in acted for deed in found):
            way = await self._way_here(superstep)
        return [deed for deed in found if deed.key in acted or deed.checkpoint_id in way]

    async def _way_here(self, superstep: int) -> set[str]:
        """Ids of the checkpoints from the one a superstep started from to the present one."""
        way: set[str] = set()
        here = self.config["configurable"][CONFIG_KEY_RUNTIME].execution_info.checkpoint_id
        found = await checkpoint_at(self.config, here)
        while found is not None:
            way.add(found.checkpoint["id"])
            # A superstep starts from the checkpoint of the one before.
            if found.metadata.get("step", -2) < superstep or found.parent_config is None:
                break
            found = await checkpoint_at(
                self.config, found.parent_config["configurable"]["checkpoint_id"]
            )
        return way

    def _losses(self, lost: Sequence[Bet], entries: Table) -> list[Loss]:
        """What to journal of bets that would be open again after a crash."""
        assert self.live.thread_id is not None
        found = []
        for bet in lost:
            entry: Any = entries.get(bet.token)
            # What a person has decided is kept with the question.
            if entry is not None and entry["state"] == "open" and bet.overruled is None:
                loss = Loss(
                    thread_id=self.live.thread_id,
                    token=bet.token,
                    checkpoint_id=entry["checkpoint_id"],
                    entry=dumped(self.keeper, refused_entry(bet)),
                )
                found.append(loss)
        return found


def unwinding(
    bets: Bets, steps: Mapping[str, StageOf], config: RunnableConfig, live: Live
) -> Unwinding | None:
    """What undoes the effects of a graph; `None` where none can have been begun on a bet."""
    keeper = keeper_of(config["configurable"])
    namespace = config["configurable"][CONFIG_KEY_CHECKPOINT_NS]
    nested = "/" in live.path(HUB, namespace)
    if live.store is None or live.thread_id is None or keeper is None or nested:
        return None
    return Unwinding(
        bets=bets, steps=steps, config=config, live=live, store=live.store, keeper=keeper
    )


def token_of(deed: Deed) -> str:
    """Names the visit that had an effect among the bets of its graph."""
    return f"{deed.step}/{deed.visit}{deed.lineage}"
