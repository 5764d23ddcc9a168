"""Verified multi-step agents on LangGraph: buy the most reliability per second and per dollar."""

from surestep.budgets import SLO, Assurance, Budget, Plan, Profile
from surestep.budgets.planner.planning import plan
from surestep.graph import VerifiedGraph, record, session
from surestep.nodes.calls.attempt import attempt
from surestep.values import Ask, Effect, Output, Verdict

__all__ = [
    "SLO",
    "Ask",
    "Assurance",
    "Budget",
    "Effect",
    "Output",
    "Plan",
    "Profile",
    "Verdict",
    "VerifiedGraph",
    "attempt",
    "plan",
    "record",
    "session",
]
