"""Is this output right? Verifiers of every kind, and how they are asked."""

from surestep.verifiers.base import Verifier, as_verifier, judge_output, verifier
from surestep.verifiers.judge import Judge
from surestep.verifiers.rule import Rule
from surestep.verifiers.schema import Schema
from surestep.verifiers.vote import Vote, VoteTally, too_long

__all__ = [
    "Judge",
    "Rule",
    "Schema",
    "Verifier",
    "Vote",
    "VoteTally",
    "as_verifier",
    "judge_output",
    "too_long",
    "verifier",
]
