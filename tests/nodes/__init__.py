"""Tests of what runs inside the graph."""
