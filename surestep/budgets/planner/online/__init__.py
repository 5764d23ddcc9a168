"""Deciding while a run goes, by tables made before it."""
