"""Calling workers and models: what they are told, what they cost, when they are tried again."""
