"""Rehearsals: a graph run against a simulated or replayed model with known truth.

`surestep.rehearsal.scenario` says how a scenario is written; `rehearse` serves one inside this
process and `serve` as a process of its own. `rehearse_suite` runs a graph many times in one.
"""

from surestep.rehearsal.case import Trial
from surestep.rehearsal.loading import load_scenario
from surestep.rehearsal.parts import Confidence, Faults, Latency, Tokens
from surestep.rehearsal.process import Rehearsal, rehearse, serve
from surestep.rehearsal.scenario import JudgeRole, ReplayRole, Role, Scenario
from surestep.rehearsal.suite import Suite
from surestep.rehearsal.tally import Lookup, Requests
from surestep.rehearsal.trials import profiled, rehearse_suite

__all__ = [
    "Confidence",
    "Faults",
    "JudgeRole",
    "Latency",
    "Lookup",
    "Rehearsal",
    "ReplayRole",
    "Requests",
    "Role",
    "Scenario",
    "Suite",
    "Tokens",
    "Trial",
    "load_scenario",
    "profiled",
    "rehearse",
    "rehearse_suite",
    "serve",
]
