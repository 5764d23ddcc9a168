"""What approving a question comes to, in words for whoever is asked."""

from __future__ import annotations

from surestep.values import Question

KNOWN = ("key", "state", "update")
"""What a person is shown of an effect that may not be undone."""


def consequence(question: Question) -> str:
    """What approving does."""
    if question.kind == "review":
        return f"says that {question.step} was right; nothing is done again or taken back"
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
