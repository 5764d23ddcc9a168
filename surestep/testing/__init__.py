"""Doubles, a virtual clock and conformance suites for tests of graphs and their parts."""

from surestep.testing.clock import Deadlock, VirtualLoop, run

__all__ = ["Deadlock", "VirtualLoop", "run"]
