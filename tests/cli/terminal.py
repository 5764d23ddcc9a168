"""A command on a real pseudo-terminal: keys go in as typed, text comes out as shown."""

import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl

PATIENCE_S = 60.0
ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[=>()][A-Z0-9]?)|\r")
# A session's leader has to take the terminal itself; only then is Ctrl-C typed there a signal.
OWN_TERMINAL = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A `surestep` command at a terminal of 24 lines and 100 columns.

    Args:
        words: the command.
        folder: where it runs.
        env: more environment.
    """

    def __init__(self, *words, folder, **env):
        known = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        for name in ("EDITOR", "VISUAL", "SURESTEP_DB"):
            known.pop(name, None)
        self.shown = ""
        self._from = 0
        self._terminal, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        self._child = subprocess.Popen(
            [sys.executable, "-c", OWN_TERMINAL, sys.executable, "-m", "surestep.cli", *words],
            cwd=folder,
            env={**known, **env},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._child.kill()
        self._child.wait()
        os.close(self._terminal)

    def see(self, what):
        """Wait until something new is shown."""
        end = time.monotonic() + PATIENCE_S
        while what not in self.shown[self._from :]:
            assert time.monotonic() < end, f"{what!r} never came:\n{self.shown[self._from :]}"
            if not self._read():
                raise AssertionError(f"It ended before {what!r}:\n{self.shown[self._from :]}")
        self._from = self.shown.index(what, self._from) + len(what)

    def keys(self, text):
        """Type something now."""
        os.write(self._terminal, text.encode())

    def answer(self, prompt, text):
        """Type something once a prompt has been there for a moment, as a person would."""
        self.see(prompt)
        self.rest(0.4)
        self.keys(text)

    def rest(self, time_s):
        """Let time pass, and read what is shown meanwhile."""
        end = time.monotonic() + time_s
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def end(self):
        """The exit code, once the command has ended."""
        while self._read():
            pass
        return self._child.wait()

    def _read(self, patience_s=PATIENCE_S):
        """Whether there may be more to read."""
        if not select.select([self._terminal], [], [], patience_s)[0]:
            return True
        try:
            piece = os.read(self._terminal, 65536)
        except OSError:
            return False
        self.shown += ESCAPES.sub("", piece.decode(errors="replace"))
        return bool(piece)
