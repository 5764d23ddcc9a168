"""Take the picture of a session: run one in a real terminal (tmux), answer, and draw the screen.

`python docs/images/session.py` needs tmux; it rehearses the graph that `surestep init` writes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from surestep.rehearsal import load_scenario, rehearse

PICTURE = Path(__file__).parent / "session.svg"
COLUMNS, ROWS = 100, 60
SURESTEP = f"{sys.executable} -m surestep.cli"
ASK = (
    "surestep run agent.py:graph topic=tides --plan plan.toml --slo 'latency_s<=30,cost_usd<=0.01'"
)
PREPARE = f"surestep() {{ {SURESTEP} \"$@\"; }}; PS1='$ '; clear\n"
ANSWERS = (("[a]pprove", "r"), ("different?", "Say what high tide is.\n"), ("[a]pprove", "a"))


def tmux(*words: str) -> str:
    """What tmux says to a command, on a server of our own."""
    done = subprocess.run(
        ["tmux", "-L", "surestep", *words], check=True, capture_output=True, text=True
    )
    return done.stdout


def screen() -> str:
    """The terminal as it is, colours included."""
    return tmux("capture-pane", "-p", "-e", "-t", "session")


def wait_for(words: str, *, times: int = 1) -> None:
    """Return once the words are on the screen."""
    for _ in range(300):
        if tmux("capture-pane", "-p", "-t", "session").count(words) >= times:
            return
        time.sleep(0.1)
    raise TimeoutError(f"{words!r} did not appear:\n{screen()}")


def session(folder: Path, base_url: str) -> str:
    """The screen at the end of a session in which a person answers twice."""
    environment = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "rehearsal"}
    given = [word for pair in environment.items() for word in ("-e", "=".join(pair))]
    size = ("-x", str(COLUMNS), "-y", str(ROWS))
    tmux("new-session", "-d", "-s", "session", *size, "-c", str(folder), *given, "sh")
    try:
        tmux("send-keys", "-t", "session", PREPARE)
        time.sleep(0.5)
        tmux("send-keys", "-t", "session", f"{ASK}\n")
        for number, (words, keys) in enumerate(ANSWERS):
            wait_for(words, times=1 + (number == 2))
            time.sleep(0.5)
            tmux("send-keys", "-t", "session", keys)
        wait_for("machine,")
        return screen()
    finally:
        tmux("kill-session", "-t", "session")


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "my-agent"
        subprocess.run(
            [*SURESTEP.split(), "init", str(folder)], check=True, stdout=subprocess.DEVNULL
        )
        with rehearse(load_scenario(folder / "scenario.toml")) as server:
            shown = session(folder, server.base_url)
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(shown.rstrip()))
        console.save_svg(str(PICTURE), title="surestep run")


if __name__ == "__main__":
    main()
