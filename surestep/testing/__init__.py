"""Doubles, a virtual clock and conformance suites for tests of graphs and their parts."""

from surestep.testing.chat import FakeChat
from surestep.testing.clock import Deadlock, VirtualLoop, run
from surestep.testing.doubles import Call, ScriptedVerifier, ScriptedWorker, ScriptEnded
from surestep.testing.verifier_suite import VerifierSuite

__all__ = [
    "Call",
    "Deadlock",
    "FakeChat",
    "ScriptEnded",
    "ScriptedVerifier",
    "ScriptedWorker",
    "VerifierSuite",
    "VirtualLoop",
    "run",
]
