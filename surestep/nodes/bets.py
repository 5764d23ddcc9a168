"""Outputs the run has gone on with before their verdicts were in.

A bet stands until its verdict is in. One that is lost takes with it everything that was done
since its superstep began: what still runs is cancelled at once, and the planner's node puts the
channels back. Bets of earlier supersteps stand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from surestep.budgets.ledger import Ledger
from surestep.nodes.check import Checked
from surestep.nodes.restoring import Channels
from surestep.nodes.waste import Spending, at_risk_usd, write_off
from surestep.values import Output

T = TypeVar("T")


class Dismissed(Exception):
    """Work was cancelled because a bet it was built on is lost."""


@dataclass(slots=True, kw_only=True)
class Bet:
    """One unsettled output.

    Attributes:
        token: names the visit of the step.
        path: the step's path.
        visit: which visit of the step it is.
        superstep: LangGraph's number of the superstep the step ran in.
        number: which attempt it is.
        cost_usd: what it had cost when it was placed, in US dollars.
        output: the output.
        before: the channels as the superstep found them.
        verdicts: the checks.
        good: whether a verdict lets it stand.
        settle: told of the verdicts of a bet that stands.
    """

    token: str
    path: str
    visit: int
    superstep: int
    number: int
    cost_usd: float
    output: Output
    before: Channels
    verdicts: asyncio.Task[Checked]
    good: Callable[[Checked], bool]
    settle: Callable[[Checked], None]


@dataclass(slots=True)
class Bets:
    """The open bets of one running graph, and the work that builds on them.

    Attributes:
        open: bets without a verdict, by token.
        lost: bets that must be taken back, by token.
        standing: bets that stand, while another of the same superstep may be lost: taking that
            one back starts the whole superstep again, and they are to come out as they did.
        again: bets whose step is about to start again and to come out as it did.
        gone: tokens of bets nobody has to remember any more.
        running: work to be cancelled when a bet is lost.
        spending: the money of nodes that may yet be taken back.
        effects: how many effects are under way, during which nothing is cancelled.
        ready: whether a node may start on the bets that are open.
    """

    ready: Callable[[Bets], bool]

    open: dict[str, Bet] = field(default_factory=dict)
    lost: dict[str, Bet] = field(default_factory=dict)
    standing: dict[str, Bet] = field(default_factory=dict)
    again: dict[str, Bet] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    running: set[asyncio.Task[Any]] = field(default_factory=set)
    spending: list[Spending] = field(default_factory=list)
    effects: int = 0

    def knows(self, token: str) -> bool:
        """Whether a bet is in the hands of this process."""
        groups = (self.open, self.lost, self.standing, self.gone)
        return any(token in group for group in groups)

    def place(self, bet: Bet) -> None:
        """Count on an output until its verdicts are in."""
        self.open[bet.token] = bet
        self.gone.discard(bet.token)
        bet.verdicts.add_done_callback(lambda task: self._known(bet, task))

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
            if self.lost and task.cancelled() and not _cancelling():
                raise Dismissed from None
            await _dismiss(task)
            raise
        except Exception:
            # It may have stumbled over what a verdict is about to take back: ask that first.
            await self.settled()
            if self.lost:
                raise Dismissed from None
            raise
        finally:
            self.running.discard(task)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Cancel nothing for the time being: an effect cut off half-way would be in doubt."""
        self.effects += 1
        try:
            yield
        finally:
            self.effects -= 1
            if self.lost:
                self._cancel()

    async def settled(self) -> None:
        """Return once no bet is open, or one is lost."""
        while self.open and not self.lost:
            await self._one_known()

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
        """Whether anything is known of what a visit has spent; it now belongs to `superstep`."""
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
            Those of this very superstep that were not lost: their steps start again from the
            same state, so what they made still holds, and so do their verdicts.
        """
        since = [bet for bet in self._all() if bet.superstep >= superstep]
        beside = [bet for bet in since if bet.superstep == superstep and bet.token not in self.lost]
        for group in (self.open, self.lost, self.standing, self.again):
            for bet in since:
                group.pop(bet.token, None)
        self.again.update({bet.token: bet for bet in beside})
        for bet in since:
            if bet not in beside:
                await _dismiss(bet.verdicts)
        own = {bet.token for bet in since if bet.superstep == superstep}
        self.spending = write_off(self.spending, superstep, kept=own)
        return beside

    async def abandon(self) -> None:
        """Cancel everything: the run is over, or was cut off."""
        for bet in (*self.open.values(), *self.again.values()):
            await _dismiss(bet.verdicts)
        self.open.clear()

    def take_closed(self, superstep: int) -> dict[str, None]:
        """The bets nobody has to remember any more, as a write that removes them.

        Those of the present superstep may yet be started again for the sake of one beside them.
        """
        unsure = (*self.open.values(), *self.lost.values())
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
            [bet.verdicts for bet in self.open.values()], return_when=asyncio.FIRST_COMPLETED
        )
        # The verdicts' own callbacks run before this goes on.
        await asyncio.sleep(0)

    def _known(self, bet: Bet, task: asyncio.Task[Checked]) -> None:
        if self.open.get(bet.token) is not bet:
            return
        del self.open[bet.token]
        if task.cancelled():
            return
        if task.exception() is None and bet.good(task.result()):
            bet.settle(task.result())
            self.standing[bet.token] = bet
            return
        self.lost[bet.token] = bet
        self._cancel()

    def _cancel(self) -> None:
        if not self.effects:
            for running in self.running:
                running.cancel()

    def _all(self) -> list[Bet]:
        groups = (self.open, self.lost, self.standing, self.again)
        return [bet for group in groups for bet in group.values()]


def _cancelling() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


async def _dismiss(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
