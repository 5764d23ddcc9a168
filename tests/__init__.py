"""Tests of surestep."""
