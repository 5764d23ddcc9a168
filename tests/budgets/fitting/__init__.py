"""Fitting profiles to recorded runs."""
