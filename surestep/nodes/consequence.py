"""What approving a question comes to, in words for whoever is asked."""

from __future__ import annotations

from surestep.nodes.stuck import KNOWN
from surestep.values import Question


def consequence(question: Question) -> str:
    """What approving does."""
    if "approve" not in question.allowed:
        return "nothing is there to approve: edit, reject or answer with text"
    if {*question.proposal} == {*KNOWN}:
        return f"says that what {question.step} did is undone, and lets the run go on"
    if "edit" not in question.allowed:
        return f"lets {question.step} have its effect, which cannot be undone"
    if "respond" not in question.allowed:
        return f"says that the effect of {question.step} has happened; nothing is repeated"
    more = f" once {question.approvers} people have" if question.approvers > 1 else ""
    return f"lets {question.step} go on with exactly this{more}"
