"""Defining, compiling and running verified graphs."""

from surestep.graph.app import VerifiedApp
from surestep.graph.builder import VerifiedGraph
from surestep.graph.records import record
from surestep.graph.session import Session, session

__all__ = ["Session", "VerifiedApp", "VerifiedGraph", "record", "session"]
