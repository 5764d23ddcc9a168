"""Is this output right? Verifiers of every kind, and how they are asked."""

from surestep.verifiers.base import Verifier, as_verifier, judge_output, verifier

__all__ = ["Verifier", "as_verifier", "judge_output", "verifier"]
