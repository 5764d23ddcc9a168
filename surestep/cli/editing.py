"""Changing a text: in the person's editor, or at the prompt."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from surestep.cli.keys import line
from surestep.errors import InputError

INLINE = "Esc, then Enter: done. Nothing at all: back.\n"


async def edited(text: str) -> str:
    """The text as the person leaves it; `""` if it is to be forgotten.

    Raises:
        InputError: the editor cannot be started, or ends with an error.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        return await line(INLINE, default=text, multiline=True)
    return _in_editor(editor, text)


def _in_editor(editor: str, text: str) -> str:
    # Nothing else runs while a question is open, so the loop may stand still meanwhile.
    with tempfile.TemporaryDirectory(prefix="surestep-") as folder:
        path = Path(folder) / "proposal.json"
        path.write_text(text + "\n", encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise InputError(
                f"The editor {editor!r} failed: {error}.", remedy="Set EDITOR, or unset it."
            ) from error
        return path.read_text(encoding="utf-8").strip()
