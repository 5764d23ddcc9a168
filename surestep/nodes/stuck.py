"""Effects of which nobody can say whether they are undone: a person has to look."""

from __future__ import annotations

from dataclasses import replace

from langgraph.types import interrupt

from surestep.nodes.calls.worker import update_of
from surestep.nodes.candidate import Candidate
from surestep.nodes.consequence import KNOWN
from surestep.nodes.ends import Broken, End, Ticket, plain
from surestep.nodes.journal import IN_DOUBT, Journal
from surestep.nodes.people.asking import BEFORE_EFFECT, held
from surestep.nodes.people.telling import tell_question
from surestep.nodes.stage import Stage
from surestep.nodes.undoing import asked_about
from surestep.nodes.visit import Visit
from surestep.review import parse_answer, request
from surestep.storage import Deed
from surestep.values import Ask, Output, Question, StepRecord

CHOICE = "approve once it is undone, reject to have the run fail"


async def in_doubt(stage: Stage, ticket: Ticket | None, why: str = IN_DOUBT) -> End | None:
    """The end of a visit that must not begin, as an effect under its key may not be undone.

    Args:
        stage: the visit.
        ticket: why the planner sends it on its way, if it does: a person may have decided.
        why: why it may not be.
    """
    journal = stage.journal
    deed = None if journal is None else await journal.deed()
    if journal is None or deed is None or deed.status not in ("undoing", "stuck"):
        return None
    if ticket is not None and ticket.cleared:
        await journal.told(undone=True)
        return None
    if ticket is not None and ticket.again:
        # A person has had the undo tried again, which the visit does first.
        return None
    if deed.status == "undoing":
        deed = await journal.stuck()
    why = f"{why}; {CHOICE}"
    # A visit that failed, and is tried again, is waited for by the rest of its fan-out.
    ask = asked_about(stage, why, None, can_wait=ticket is not None)
    asked, output = ticket.ask if ticket else 0, journal.output(deed)
    end = held(
        stage,
        ask or Ask(why),
        None,
        StepRecord(reason=why),
        asked=asked,
        allowed=BEFORE_EFFECT,
        proposal=known_of(stage, output),
        before=True,
    )
    assert end.question is not None
    question = replace(end.question, question_id=question_id(deed))
    held_up = ask is not None and ticket is not None
    return replace(end, question=question) if held_up else await _answered(stage, journal, question)


async def _answered(stage: Stage, journal: Journal, question: Question) -> Broken | None:
    """What a person makes of a visit, which interrupts natively, to start from the same state.

    LangGraph then keeps what the other visits have come to, and lets none of it take effect.
    """
    live = stage.live
    decision = await live.answer_to(question.question_id)
    if decision is None:
        if live.store is not None and await live.store.question(question.question_id) is None:
            await tell_question(question, stage.config, live)
        decision = parse_answer(question, interrupt(request(question)))
    live.answers.pop(question.question_id, None)
    if decision.kind == "approve":
        await journal.told(undone=True)
        return None
    reason = f"it is not undone, says {decision.actor or 'a person'}: {decision.message}"
    return Visit(stage).broken(reason, Candidate())


def question_about(stage: Stage, deed: Deed, output: Output, why: str) -> Question:
    """What a person is asked whose answer a rollback waits for.

    Args:
        stage: the visit that had the effect.
        deed: the effect.
        output: what it came to.
        why: why it is not undone.
    """
    why = f"a verdict took back what it was built on, and {why}; {CHOICE}"
    ask = asked_about(stage, why, output, can_wait=True)
    assert ask is not None, "a rollback can always wait for a person"
    end = held(
        stage,
        ask,
        output,
        StepRecord(reason=why),
        asked=0,
        allowed=BEFORE_EFFECT,
        proposal=known_of(stage, output),
    )
    assert end.question is not None
    return replace(end.question, question_id=question_id(deed))


def question_id(deed: Deed) -> str:
    """Names the question about an effect that is stuck."""
    return f"{deed.key}/undo/{deed.asked}"


def known_of(stage: Stage, output: Output) -> dict[str, object]:
    """All that is known of an effect, for a person to look it up in the world."""
    update = None if output.update is None else plain(update_of(output))
    return dict(zip(KNOWN, (stage.key, plain(stage.state), update), strict=True))
