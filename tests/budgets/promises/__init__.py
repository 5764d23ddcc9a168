"""Promises kept together."""
