"""Deciding how steps are treated."""

from surestep.budgets.planner.online.moment import Advisor, Choice, Finding, Moment, Next, Planner

__all__ = ["Advisor", "Choice", "Finding", "Moment", "Next", "Planner"]
