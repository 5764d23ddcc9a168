"""A run whose process is killed, at one point after another, goes on where it was."""

import json
import subprocess
import sys

import pytest


def passes(variant, folder, *, step, pairs, module="killed"):
    """What came of each point at which the process was killed; the whole run first."""
    command = [sys.executable, "-m", f"tests.engine.{module}", variant, str(folder)]
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


def test_a_rollback_killed_half_way_is_ended_as_it_began(tmp_path):
    """Nothing is undone twice, what is undone is done again, and what stands was not undone."""
    whole, *killed = passes("bookings", tmp_path, step=3, pairs=3, module="killed_bookings")

    assert (whole["log"][2], whole["undone"]) == ("draft2", 2)
    assert len(killed) > 12
    for one in killed:
        draft = next(word for word in one["log"] if word.startswith("draft"))
        built = [word for word in one["log"] if word.startswith("booked")]
        assert (one["outcome"], one["twice"]) == ("succeeded", []), one
        assert built == [f"booked-on-{draft}"] * 2, one
        assert one["standing"] == whole["standing"], one
        assert one["undone"] == 0 or draft == "draft2", one
