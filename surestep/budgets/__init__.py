"""What may be spent, and how each step is treated for it."""

from __future__ import annotations

from surestep.budgets.assurance import Assurance
from surestep.budgets.ledger import Hold, Ledger
from surestep.budgets.limits import SLO, Budget
from surestep.budgets.plan import Plan
from surestep.budgets.planner.infeasible import Infeasible
from surestep.budgets.predicted import Estimate, Predicted
from surestep.budgets.pricing import Price, Prices
from surestep.budgets.profile import Profile
from surestep.budgets.profiled import CheckProfile, Confidence, PersonProfile, StepProfile
from surestep.budgets.throttle import Rate, Rates

__all__ = [
    "SLO",
    "Assurance",
    "Budget",
    "CheckProfile",
    "Confidence",
    "Estimate",
    "Hold",
    "Infeasible",
    "Ledger",
    "PersonProfile",
    "Plan",
    "Predicted",
    "Price",
    "Prices",
    "Profile",
    "Rate",
    "Rates",
    "StepProfile",
]
