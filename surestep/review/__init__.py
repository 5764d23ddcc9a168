"""People: what they are asked, and what they answer."""

from surestep.review.answers import parse_answer
from surestep.review.hitl import is_ours, request

__all__ = ["is_ours", "parse_answer", "request"]
