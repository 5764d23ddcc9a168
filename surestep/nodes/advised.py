"""Asking a planner about each output: whether to check it, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from surestep.budgets.planner import Advisor, Finding, Next
from surestep.nodes.check import Checked, Inspection, check
from surestep.nodes.live import PLANNER
from surestep.values import Verdict
from surestep.verifiers import Verifier

Found: TypeAlias = Callable[[tuple[Verdict, ...], tuple[str, ...]], Finding]
"""What an output is known to be, by what was said of it, and by whom nothing was said yet."""


async def advised(
    advisor: Advisor,
    verifiers: Sequence[Verifier],
    inspection: Inspection,
    *,
    found: Found,
    note: Callable[[Next], None],
) -> Checked:
    """The verdicts of those verifiers that a planner wants to hear, one request after another.

    Args:
        advisor: the planner.
        verifiers: whom it may ask.
        inspection: the output.
        found: tells the planner what is known so far.
        note: is told of each decision.
    """
    said: tuple[Verdict, ...] = ()
    left = {verifier.name: verifier for verifier in verifiers}
    while True:
        chosen = advisor.after(found(said, tuple(left)))
        if chosen is not None:
            note(chosen)
        if chosen is not None and chosen.action == "redo":
            doubt = Verdict("fail", verifier=PLANNER, feedback=chosen.why)
            return Checked(verdicts=(*said, doubt))
        wanted = () if chosen is not None and chosen.action == "accept" else tuple(left)
        if chosen is not None and chosen.action == "check":
            wanted = tuple(name for name in chosen.verifiers if name in left)
        if not wanted:
            heard = any(verdict.passed for verdict in said)
            return Checked(verdicts=said, waived="" if heard or chosen is None else chosen.why)
        answer = await check([left.pop(name) for name in wanted], inspection)
        said = (*said, *answer.verdicts)
        # A refusal stands, and where money or time gives out the step's own policy decides.
        if chosen is None or answer.opinion in ("fail", "starved"):
            return Checked(verdicts=said, starved=answer.starved)
