"""The command line `surestep`. Needs the extra `cli`; nothing below it does."""

from __future__ import annotations

import sys
from collections.abc import Sequence

EXTRA = ("typer", "rich", "prompt_toolkit")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave the process with its exit code.

    The code is 0, or 1 for a failed run, 2 for bad input, 130 after Ctrl-C.

    Args:
        arguments: the words after `surestep`; default: those of the process.
    """
    try:
        # Imported late, so that a missing extra is a remedy and not a traceback.
        from surestep.cli.app import start  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        sys.stderr.write(
            f"The command line needs {error.name}, which is not installed.\n"
            'Install it with: pip install "surestep[cli]"\n'
        )
        raise SystemExit(2) from None
    raise SystemExit(start(sys.argv[1:] if arguments is None else arguments))
