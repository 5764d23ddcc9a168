"""Deciding how steps are treated."""

from surestep.budgets.planner.moment import Moment, Planner

__all__ = ["Moment", "Planner"]
