"""Tests of the assurance algebra."""
