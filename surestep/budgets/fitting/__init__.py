"""Profiles from recorded runs, and how far they can be trusted."""
