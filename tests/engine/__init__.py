"""Tests of the running engine: money, time, people, effects, crashes, traces."""
