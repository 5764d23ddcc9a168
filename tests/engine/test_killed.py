"""A run whose process is killed, at one point after another, goes on where it was."""

import json
import subprocess
import sys

import pytest


def passes(variant, folder, *, step, pairs):
    """What came of each point at which the process was killed; the whole run first."""
    command = [sys.executable, "-m", "tests.engine.killed", variant, str(folder)]
    done = subprocess.run(
        [*command, str(step), str(pairs)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("variant", "step", "pairs"),
    [("confirm", 3, 3), ("person", 3, 2), ("approval", 6, 3), ("speculative", 3, 3)],
)
def test_a_killed_run_ends_as_if_it_had_not_been(variant, step, pairs, tmp_path):
    """Each effect once, nothing settled re-run, all that was paid on record, the same state."""
    whole, *killed = passes(variant, tmp_path, step=step, pairs=pairs)
    bills = len(whole["effects"])

    assert len(killed) > 8
    for one in killed:
        assert (one["log"], one["visits"]) == (whole["log"], whole["visits"]), one
        assert (len(set(one["effects"])), len(one["effects"])) == (bills, bills), one
        assert (one["outcome"], one["rerun"]) == ("succeeded", []), one
        assert 1.5 <= one["spent"] <= 0.5 * (one["calls"] - bills) + 1e-9, one
