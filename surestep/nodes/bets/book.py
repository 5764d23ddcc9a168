"""Outputs the run has gone on with before their verdicts were in.

When a bet is lost, everything done since its superstep began goes with it: what still runs is
cancelled at once, and the planner's node puts the channels back. Bets of earlier supersteps are
not affected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from surestep.budgets.ledger import Ledger
from surestep.nodes.bets.bet import Bet, Inquiry
from surestep.nodes.bets.trial import Trial
from surestep.nodes.bets.waste import Spending, at_risk_usd, write_off
from surestep.nodes.candidate import dismiss
from surestep.values import Question

T = TypeVar("T")


class Dismissed(Exception):
    """Work was cancelled because a bet it was built on is lost."""


@dataclass(slots=True)
class Bets:
    """The open bets of one running graph, and the work that builds on them.

    Attributes:
        open: bets without a verdict, by token.
        lost: bets that must be taken back, by token.
        standing: bets that were accepted while another of their superstep is open. If that one is
            lost, the whole superstep starts again, and these must come out as they did.
        again: draws of steps that are about to start again; such a step goes on with its draw.
        gone: tokens of bets that are over: nothing is kept of them.
        running: the nodes' work, cancelled when a bet is lost.
        dismissed: the part of it that has been cancelled. It may end after its bet is gone.
        barred: the part of it that waits for people.
        spending: what nodes spend, as long as they may be taken back.
        effects: how many effects are under way; nothing is cancelled meanwhile.
        calm: set whenever the last effect under way has ended.
        acted: visits whose effect may yet have to be undone, by key.
        ready: whether a node may start while these bets are open.
    """

    ready: Callable[[Bets], bool]

    open: dict[str, Bet] = field(default_factory=dict)
    lost: dict[str, Bet] = field(default_factory=dict)
    standing: dict[str, Bet] = field(default_factory=dict)
    again: dict[str, Trial] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    running: set[asyncio.Task[Any]] = field(default_factory=set)
    dismissed: set[asyncio.Task[Any]] = field(default_factory=set)
    barred: set[asyncio.Task[Any]] = field(default_factory=set)
    spending: list[Spending] = field(default_factory=list)
    effects: int = 0
    calm: asyncio.Event = field(default_factory=asyncio.Event)
    acted: dict[str, object] = field(default_factory=dict)

    def knows(self, token: str) -> bool:
        """Whether a bet is in the hands of this process."""
        groups = (self.open, self.lost, self.standing, self.gone)
        return any(token in group for group in groups)

    def place(self, bet: Bet) -> None:
        """Add a bet: the graph goes on with its output."""
        self.open[bet.token] = bet
        self.gone.discard(bet.token)
        bet.trial.bet_on(bet.output)

    def landed(self, token: str) -> None:
        """Act on the verdicts of a bet from now on: its output has been written into the graph."""
        if bet := self.open.get(token):
            bet.ruling.add_done_callback(lambda _: self._known(bet))

    def lose(self, token: str) -> None:
        """Give up a bet that is known to be lost from before a crash."""
        self.lost[token] = self.open.pop(token)
        self._cancel()

    async def guarded(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work returns, unless a bet is lost first.

        Raises:
            Dismissed: a bet is lost.
        """
        try:
            await self._readied()
        except BaseException:
            work.close()
            raise
        if self.lost:
            work.close()
            raise Dismissed
        task = asyncio.ensure_future(work)
        self.running.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if task in self.dismissed and task.cancelled() and not _cancelling():
                raise Dismissed from None
            await dismiss([task])
            raise
        except Exception:
            # An output that is about to be refused may be what it failed on: wait for the verdicts.
            await self.settled()
            if self.lost:
                raise Dismissed from None
            raise
        finally:
            self.running.discard(task)
            self.dismissed.discard(task)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """A context in which nothing is cancelled: of an effect cut off half-way nobody knows."""
        self.effects += 1
        try:
            yield
        finally:
            self.effects -= 1
            self.calm.set()
            if self.lost:
                self._cancel()

    async def calmed(self) -> None:
        """Return once no effect is under way."""
        while self.effects:
            self.calm.clear()
            await self.calm.wait()

    async def settled(self) -> None:
        """Return once all verdicts but those of people are in, or a bet is lost."""
        while self._unruled() and not self.lost:
            await self._one_known()

    def asked(self) -> list[Inquiry]:
        """The questions that people have yet to answer."""
        return [bet.asking for bet in self.open.values() if bet.asking is not None]

    async def unanswered(self) -> list[Question]:
        """The questions without an answer, looked up now; an answer found may lose a bet."""
        found = [await asking.look() for asking in self.asked()]
        # The answers' own callbacks run before this goes on.
        await asyncio.sleep(0)
        return [question for question in found if question is not None]

    def pays(
        self, ledger: Ledger, superstep: int, token: str = "", earlier_usd: float = 0.0
    ) -> None:
        """Count what a node spends, as long as it may be taken back.

        Args:
            ledger: the node's money.
            superstep: LangGraph's number of the superstep it runs in.
            token: names the visit, if it is a step's.
            earlier_usd: what the visit had spent before a crash.
        """
        if bet := self.open.get(token):
            superstep = bet.superstep
        self.spending.append(Spending(ledger, superstep, token, earlier_usd))

    def carried(self, token: str, superstep: int) -> bool:
        """Count what a visit has spent with `superstep`; whether anything is known of that."""
        own = [one for one in self.spending if one.token == token]
        for one in own:
            one.superstep = superstep
        return bool(own)

    def at_risk_usd(self) -> float:
        """What would be thrown away if all open bets were lost now, in US dollars."""
        if not self.open:
            return 0.0
        return at_risk_usd(self.spending, min(bet.superstep for bet in self.open.values()))

    def first_lost(self) -> list[Bet]:
        """The lost bets of the earliest superstep that has one."""
        superstep = min(bet.superstep for bet in self.lost.values())
        return [bet for bet in self.lost.values() if bet.superstep == superstep]

    async def take_back(self, superstep: int) -> list[Bet]:
        """Forget the bets of this superstep and later.

        Returns:
            Those of this superstep whose draws can be kept: their steps start again from the
            same state, so their outputs and verdicts still hold.
        """
        since = [bet for bet in self._all() if bet.superstep >= superstep]
        here = [bet for bet in since if bet.superstep == superstep]
        left = [bet for bet in here if bet.token not in self.lost or bet.has_alternative]
        lost = {*self.lost}
        for bet in since:
            for group in (self.open, self.lost, self.standing):
                group.pop(bet.token, None)
        # What was to start again from an earlier rollback rests on what is now taken back.
        over = [*(bet.trial for bet in since if bet not in left), *self.again.values()]
        self.again = {bet.token: bet.trial for bet in left}
        for bet in since:
            if bet.asking is not None:
                await _given_up(bet, kept=bet in left or bet.token in lost)
        await dismiss([trial.task for trial in over])
        self.spending = write_off(self.spending, superstep, kept={bet.token for bet in here})
        return left

    async def abandon(self) -> None:
        """Cancel everything: the run is over, or was cut off."""
        trials = [*(bet.trial for bet in self.open.values()), *self.again.values()]
        for asking in self.asked():
            asking.cancel()
        await dismiss([trial.task for trial in trials])
        self.open.clear()

    def take_closed(self, superstep: int) -> dict[str, None]:
        """The bets that are over, as a write that removes their entries.

        Those of the present superstep are kept: a bet beside them may have it started again.
        """
        unsure = (*self.open.values(), *self.lost.values())
        if not unsure:
            self.acted.clear()
        busy = {superstep, *(bet.superstep for bet in unsure)}
        found = [bet.token for bet in self.standing.values() if bet.superstep not in busy]
        self.spending = [one for one in self.spending if one.superstep >= min(busy)]
        for token in found:
            del self.standing[token]
            self.gone.add(token)
        return dict.fromkeys(found)

    async def _readied(self) -> None:
        while self.open and not self.lost and not self.ready(self):
            await self._one_known()

    async def _one_known(self) -> None:
        await asyncio.wait(
            [bet.ruling for bet in self._unruled()], return_when=asyncio.FIRST_COMPLETED
        )
        # The verdicts' own callbacks run before this goes on.
        await asyncio.sleep(0)

    def _unruled(self) -> list[Bet]:
        return [bet for bet in self.open.values() if bet.asking is None]

    def _decided(self, bet: Bet) -> None:
        if self.open.get(bet.token) is not bet:
            return
        del self.open[bet.token]
        found = bet.stands
        if found is not None and bet.overruled is None:
            bet.settle(found, "approved")
            self.standing[bet.token] = bet
            return
        self.lost[bet.token] = bet
        self._cancel()

    def _known(self, bet: Bet) -> None:
        if self.open.get(bet.token) is not bet:
            return
        del self.open[bet.token]
        if bet.trial.task.cancelled():
            return
        if found := bet.stands:
            bet.asking = bet.ask(found)
            if bet.asking is None:
                bet.settle(found, None)
                self.standing[bet.token] = bet
            else:
                self.open[bet.token] = bet
                bet.asking.decided.add_done_callback(lambda _: self._decided(bet))
            return
        self.lost[bet.token] = bet
        self._cancel()

    def _cancel(self) -> None:
        if not self.effects:
            for running in self.running:
                running.cancel()
            self.dismissed |= self.running

    def _all(self) -> list[Bet]:
        groups = (self.open, self.lost, self.standing)
        return [bet for group in groups for bet in group.values()]


async def _given_up(bet: Bet, *, kept: bool) -> None:
    """Stop asking about a bet that is taken back; `kept` if its question still counts."""
    assert bet.asking is not None
    if kept:
        bet.asking.cancel()
    else:
        await bet.asking.withdraw()


def _cancelling() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0
