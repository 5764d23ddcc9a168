"""Running commands in this process, and reading what they say."""

import json
from dataclasses import dataclass
from pathlib import Path

AGENTS = str(Path(__file__).with_name("agents.py"))


@dataclass(frozen=True)
class Said:
    """What a command said, and the code it ended with."""

    code: int
    out: str
    err: str

    @property
    def lines(self):
        """Standard output, as one JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def result(self):
        """The last line, as JSON."""
        return self.lines[-1]


def target(name):
    """A TARGET among the graphs of the tests."""
    return f"{AGENTS}:{name}"
