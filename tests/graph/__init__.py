"""Tests of the verified graph: define, compile, run."""
