"""Runnable examples; each folder is a package with a README of its own."""
