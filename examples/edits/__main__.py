"""Work through the scratch folder with the command line's own view and prompts."""

from __future__ import annotations

import sys
from pathlib import Path

from examples import models
from surestep.cli.app import start

SCENARIO = Path(__file__).parent / "scenario.toml"


def main() -> int:
    """Run the command line; the exit code."""
    with models.reachable(SCENARIO):
        return start(["run", "examples.edits.graph:build", "tone=friendly", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
