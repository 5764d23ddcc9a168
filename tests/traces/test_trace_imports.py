"""What importing traces brings along."""

from __future__ import annotations

import subprocess
import sys


def test_opentelemetry_is_not_imported_before_it_is_used() -> None:
    """It is optional, and slow to import."""
    script = "import sys, surestep.traces; print('opentelemetry.trace' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
