"""The inbox without its pages: who may do what to which item, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping

from surestep.clock import wall_s
from surestep.errors import AnswerRefused, ClaimRefused, InputError
from surestep.review.queues import watched
from surestep.storage import Item, Store
from surestep.values import Question
from surestep.web.judgements import Judgements
from surestep.web.limits import Limiter
from surestep.web.refusals import NotAllowed, NotThere
from surestep.web.reviewers import Reviewer, Reviewers
from surestep.web.runs import Background, Runs
from surestep.web.sessions import Sessions
from surestep.web.waiting import Waiting

REQUESTS_PER_MINUTE = 600
SIGN_INS_PER_MINUTE = 10
_PICKED_UP = 500


class Inbox:
    """What pages and the API work with.

    Args:
        store: the database.
        runs: what goes on with runs.
        reviewers: who may sign in.
        requests_per_minute: how many requests of one reviewer are let in.
        sign_ins_per_minute: how many attempts to sign in from one address are let in.

    Attributes:
        store: the database.
        reviewers: who may sign in.
        sessions: who is signed in.
        waiting: the items, as lists show them.
        background: the runs that go on.
        judgements: what people's decisions say of the steps.
        requests: counts requests, by reviewer.
        sign_ins: counts attempts to sign in, by address.
    """

    def __init__(
        self,
        store: Store,
        runs: Runs,
        reviewers: Reviewers,
        *,
        requests_per_minute: int = REQUESTS_PER_MINUTE,
        sign_ins_per_minute: int = SIGN_INS_PER_MINUTE,
    ) -> None:
        self.store = store
        self.reviewers = reviewers
        self.sessions = Sessions()
        self.waiting = Waiting(store)
        self.background = Background(runs)
        self.judgements = Judgements(store)
        self.requests = Limiter(requests_per_minute)
        self.sign_ins = Limiter(sign_ins_per_minute)
        self._runs = runs

    async def item(self, question_id: str, reviewer: Reviewer) -> Item:
        """An item, as the database has it now.

        Raises:
            NotThere: there is none that this reviewer sees.
        """
        # No name has NUL in it, and Postgres would refuse to look.
        item = None if "\0" in question_id else await self.store.item(question_id)
        if item is None or not reviewer.sees(item.question.queue):
            raise NotThere(question_id)
        return item

    async def decide(
        self, question_id: str, answer: Mapping[str, object], reviewer: Reviewer
    ) -> Question:
        """The question after a decision, whose run then goes on by itself.

        The item is claimed first, so that nobody else takes it in between; whoever has lost it to
        somebody else learns so here.

        Raises:
            NotThere: there is no such item.
            NotAllowed: deciding it is not this reviewer's.
            ClaimRefused: somebody else holds it, or it is decided.
            AnswerRefused: the decision does not fit; the item stays open.
        """
        before = await self.to_change(question_id, reviewer)
        await self._claimed(before, reviewer)
        try:
            question = await self._runs.decide(question_id, answer, actor=reviewer.name)
        except AnswerRefused as error:
            after = await self.store.item(question_id)
            if after is None or after.holder(wall_s()) != reviewer.name:
                raise ClaimRefused(question_id, error.problem, remedy=error.remedy) from error
            # An edit is mended and sent again; anything else leaves the item to others.
            newly = not before.assigned_to and before.holder(wall_s()) != reviewer.name
            if newly and answer.get("type") != "edit":
                await self.store.release(question_id, reviewer.name)
            raise
        finally:
            await self.waiting.look_again(question_id)
        if question.decision is not None and question.awaited:
            self.background.start(question, actor=reviewer.name)
        return question

    async def claim(
        self, question_id: str, reviewer: Reviewer, lease_s: float | None = None
    ) -> Item:
        """The item, held by the reviewer; if it is theirs already, for longer.

        Raises:
            NotThere: there is no such item.
            NotAllowed: taking it is not this reviewer's.
            ClaimRefused: somebody else holds it, or it is decided.
            InputError: for a lease that is not above 0.
        """
        item = await self.to_change(question_id, reviewer)
        return await self._claimed(item, reviewer, lease_s)

    async def offer(
        self, queue: str, reviewer: Reviewer, lease_s: float | None = None
    ) -> Item | None:
        """The next item of a queue, held by the reviewer; `None` if there is none for them.

        Raises:
            NotAllowed: taking items there is not this reviewer's.
            InputError: for a lease that is not above 0.
        """
        self._check_decides(reviewer, queue)
        item = await self.store.offer(queue, reviewer.name, lease_s=lease_s)
        return None if item is None else await self._changed(item)

    async def release(self, question_id: str, reviewer: Reviewer, note: str = "") -> Item:
        """The item, back in its queue.

        Raises:
            NotThere: there is no such item.
            NotAllowed: it is not this reviewer's to give back.
            ClaimRefused: the reviewer does not hold it.
        """
        await self.to_change(question_id, reviewer)
        return await self._changed(await self.store.release(question_id, reviewer.name, note=note))

    async def hand_on(
        self, question_id: str, reviewer: Reviewer, *, queue: str, to: str, note: str
    ) -> Item:
        """The item, in another queue, or for another person alone; `""` for what stays open.

        Raises:
            InputError: neither is given, or nobody has that name.
            NotThere: there is no such item.
            NotAllowed: it is not this reviewer's to hand on, or not to a person.
            ClaimRefused: somebody else holds it, or it is decided.
        """
        before = await self.to_change(question_id, reviewer)
        if not queue.strip() and not to:
            raise InputError(
                f"{question_id!r} is handed on to nobody.", remedy="Give a queue or a person."
            )
        if to and reviewer.role != "lead":
            raise NotAllowed("Only a lead hands items to a person.", remedy="Choose a queue.")
        if to:
            self._check_person(to, queue.strip() or before.question.queue)
        return await self._changed(
            await self.store.hand_on(
                question_id, by=reviewer.name, queue=queue.strip() or None, to=to or None, note=note
            )
        )

    def _check_person(self, name: str, queue: str) -> None:
        known = {one.name: one for one in self.reviewers.all()}
        if name not in known or not known[name].decides(queue):
            raise InputError(
                f"{name!r} decides nothing in queue {queue!r}.",
                remedy="Choose somebody who does, or another queue.",
            )

    async def pick_up(self) -> None:
        """Go on with runs whose last answer came in while no server was there to do it."""
        for status in ("waiting", "escalated"):
            for row in await self.store.threads(status=status, limit=_PICKED_UP):
                answered = await self.store.questions(row.thread_id, status="answered")
                if answered and row.target and not await self.store.questions(row.thread_id):
                    decision = answered[-1].decision
                    self.background.start(answered[-1], actor=decision.actor if decision else "")

    async def watch(self) -> None:
        """Send items whose time in a queue is over to the next one, until cancelled."""
        async for done in watched(self.store):
            for one in done:
                await self.waiting.look_again(one.question_id)

    async def to_change(self, question_id: str, reviewer: Reviewer) -> Item:
        """An item of a queue in which the reviewer may do something.

        Raises:
            NotThere: there is none that this reviewer sees.
            NotAllowed: they only look there.
        """
        item = await self.item(question_id, reviewer)
        self._check_decides(reviewer, item.question.queue)
        return item

    def _check_decides(self, reviewer: Reviewer, queue: str) -> None:
        if not reviewer.decides(queue):
            raise NotAllowed(
                f"{reviewer.name!r} does not decide what lies in {queue!r}, as a {reviewer.role}.",
                remedy="Ask for the role of a reviewer there.",
            )

    async def _claimed(self, item: Item, reviewer: Reviewer, lease_s: float | None = None) -> Item:
        question_id, decision = item.question.question_id, item.question.decision
        if decision is not None:
            raise ClaimRefused(
                question_id,
                f"{question_id!r} was decided already: {decision.kind} by {decision.actor!r}.",
                remedy="Nothing is left to do here.",
            )
        return await self._changed(await self.store.claim(question_id, reviewer.name, lease_s))

    async def _changed(self, item: Item) -> Item:
        await self.waiting.look_again(item.question.question_id)
        return item
