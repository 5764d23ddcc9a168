"""A Postgres server of its own for tests: started where its programs are installed, then gone."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

USUAL = Path("/usr/lib/postgresql")
"""Where Debian and its kin install the programs, one folder per version."""

USER = "surestep"
UNPRIVILEGED = ("postgres", "nobody")
CLUSTER = (f"--username={USER}", "--auth=trust", "--encoding=UTF8", "--no-sync")
# Whatever is lost with the machine's power is lost with the test.
FAST = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        folder: where its socket is.
    """

    folder: Path

    def url(self, name: str = "surestep") -> str:
        """The URL of a place of that name, apart from all other names; letters, digits, `_`."""
        host, options = quote(str(self.folder), safe=""), quote(f"-c search_path={name}")
        return f"postgresql://{USER}@/postgres?host={host}&options={options}"

    def url_for(self, folder: Path) -> str:
        """The URL of a place that is the same for the same folder, and new for a new one."""
        return self.url("t" + re.sub(r"\W", "_", str(folder).lower())[-60:])


def programs() -> Path | None:
    """The folder of Postgres' programs, the newest version first; `None` where there is none."""
    found = shutil.which("initdb")
    versions = sorted(USUAL.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(found).resolve().parent if found else versions[-1].parent if versions else None


@contextmanager
def postgres_server() -> Iterator[Server | None]:
    """A server on a Unix socket, stopped and removed after the block.

    It runs as a user without privileges if this process is root's, as Postgres demands, and ends
    with this process, however that ends. `None` where its programs are not installed.
    """
    found = programs()
    if found is None:
        yield None
        return
    user = _user()
    with tempfile.TemporaryDirectory(prefix="surestep-pg-") as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user)
        _call(user, found / "initdb", folder / "data", *CLUSTER)
        keeper = _kept(found, folder, user)
        try:
            if not keeper.stdout or keeper.stdout.readline() != "ready\n":
                raise RuntimeError((folder / "log").read_text(errors="replace"))
            yield Server(folder)
        finally:
            keeper.communicate()


def _kept(found: Path, folder: Path, user: str | None) -> subprocess.Popen[str]:
    """The process that starts the server, says so, and stops it once its input ends."""
    control = f"{found}/pg_ctl -D {folder}/data -w -l {folder}/log"
    start = f"{control} -o '{FAST} -k {folder}' start > /dev/null"
    stop = f"{control} -m immediate stop > /dev/null"
    command = ["sh", "-c", f"{start} && echo ready && read -r line; {stop}"]
    pipe = subprocess.PIPE
    # Of a group of its own: what interrupts this process must not keep it from stopping the server.
    return subprocess.Popen(
        command, user=user, cwd="/", stdin=pipe, stdout=pipe, text=True, start_new_session=True
    )


def _user() -> str | None:
    """Whom to run the server as; `None` for whoever runs this."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in known)


def _call(user: str | None, *command: object) -> None:
    words = list(map(str, command))
    # Not into a pipe: the server would hold it open, and nobody would see its end.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(words, user=user, cwd="/", stdout=said, stderr=said, check=False)
        said.seek(0)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {said.read().decode(errors='replace')}")
