"""Deciding while a run goes."""
