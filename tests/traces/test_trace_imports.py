"""What importing traces needs."""

from __future__ import annotations

import subprocess
import sys


def test_traces_are_imported_without_opentelemetry() -> None:
    """It is optional; langsmith imports it too where it is found, so its absence is what shows."""
    script = "import sys; sys.modules['opentelemetry'] = None; import surestep.traces"
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
