"""Which process this is, and whether another one is still there."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
# States of a process that runs no more: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
_ENDED = ("Z", "X", "x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process, as others can tell it from all there ever were.

    Attributes:
        host: the name of its machine, for people.
        machine: where process ids mean the same: a boot of a machine, and a container on it.
        pid: its id there.
        started: when it started, as the machine counts; `""` where that cannot be told.
    """

    host: str
    machine: str
    pid: int
    started: str

    @classmethod
    def this(cls) -> Process:
        """The process that asks."""
        return _of(os.getpid())

    def is_gone(self) -> bool:
        """Whether it is known to run no more; of other machines that is never known here."""
        if self.machine != _machine(socket.gethostname()):
            return False
        if self.started:
            return _started(self.pid) != self.started
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


@cache
def _of(pid: int) -> Process:
    """The running process of that id, looked up once: a fork has another id."""
    host = socket.gethostname()
    return Process(host=host, machine=_machine(host), pid=pid, started=_started(pid))


def _machine(host: str) -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return host


def _started(pid: int) -> str:
    """When a process started, in ticks since the boot; `""` if it runs no more."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return ""
    # The name before the last bracket may hold anything, blanks and brackets included.
    state, *rest = text.rpartition(")")[2].split()
    return "" if state in _ENDED else rest[18]
