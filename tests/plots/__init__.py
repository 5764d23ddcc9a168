"""Tests of the pictures of plans."""
