"""Tests of budgets, plans and profiles."""
