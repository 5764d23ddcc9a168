"""People: what they are asked, whom it waits for, and what they answer."""

from surestep.review.answers import parse_answer
from surestep.review.approval import Approval, Approvals
from surestep.review.earned import Earned
from surestep.review.hitl import is_ours, request
from surestep.review.queues import Queue, escalate
from surestep.review.reviewed import Reviewed
from surestep.review.team import Team

__all__ = [
    "Approval",
    "Approvals",
    "Earned",
    "Queue",
    "Reviewed",
    "Team",
    "escalate",
    "is_ours",
    "parse_answer",
    "request",
]
