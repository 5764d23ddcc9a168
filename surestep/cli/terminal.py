"""The terminal itself: keeping keys from being echoed, and throwing away early ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

if sys.platform == "win32":

    @contextmanager
    def quiet() -> Iterator[None]:
        """Nothing is to be kept quiet: the console does not echo on its own."""
        yield

    def forget_keys() -> None:
        """Nothing is to be thrown away here; prompt_toolkit reads the console itself."""

else:
    import termios

    @contextmanager
    def quiet() -> Iterator[None]:
        """Keys typed during the block are not shown, and are gone after it; Ctrl-C works."""
        if not sys.stdin.isatty():
            yield
            return
        descriptor = sys.stdin.fileno()
        before, silent = termios.tcgetattr(descriptor), termios.tcgetattr(descriptor)
        silent[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, silent)
        try:
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)

    def forget_keys() -> None:
        """Throw away what was typed and not yet read."""
        if sys.stdin.isatty():
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
