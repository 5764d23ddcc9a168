"""Who may sign in, with what role and for which queues; tokens are kept as hashes only."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from surestep.budgets import checked
from surestep.errors import InputError, StoreError

Role = Literal["viewer", "reviewer", "lead"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Somebody who may sign in.

    Attributes:
        name: under which they claim and decide.
        role: a `viewer` only looks; a `reviewer` takes, decides and hands on; a `lead` does so in
            every queue, and hands items to named people.
        queues: what a viewer or reviewer sees; empty for every queue.
        token_hash: of the token they sign in with, in hexadecimal.

    Raises:
        InputError: for an empty name, or an unknown role.
    """

    name: str
    role: Role
    queues: tuple[str, ...] = ()
    token_hash: str

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.name.isprintable():
            raise InputError(f"Reviewer {self.name!r} has no name.", remedy="Give them one.")
        if self.role not in ROLES:
            raise InputError(
                f"No role is called {self.role!r}.", remedy=f"Choose one of: {', '.join(ROLES)}."
            )

    def sees(self, queue: str) -> bool:
        """Whether what lies in a queue is shown to them."""
        return self.role == "lead" or not self.queues or queue in self.queues

    def decides(self, queue: str) -> bool:
        """Whether they may take and decide what lies in a queue."""
        return self.role != "viewer" and self.sees(queue)


class Reviewers:
    """The people of one file, read again whenever it has changed.

    Args:
        path: of the file; one that does not exist holds nobody.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._seen: object = None
        self._people: tuple[Reviewer, ...] = ()

    def all(self) -> tuple[Reviewer, ...]:
        """Everybody, by name.

        Raises:
            StoreError: the file is not ours.
        """
        stamp = self._stamp()
        if stamp != self._seen:
            self._people = () if stamp is None else _read(self.path)
            self._seen = stamp
        return self._people

    def by_token(self, token: str) -> Reviewer | None:
        """Whose token it is; `None` for nobody's."""
        given = hashed(token)
        # Every hash is compared, so that the time taken does not tell whose came close.
        found = [one for one in self.all() if secrets.compare_digest(one.token_hash, given)]
        return found[0] if found else None

    def add(self, name: str, role: Role, queues: Iterable[str] = ()) -> str:
        """A new token for somebody, who need not be known yet; an earlier one stops working.

        Raises:
            InputError: the name or role does not fit.
            StoreError: the file cannot be read or written.
        """
        # 256 random bits: no dictionary finds them, so a plain hash keeps them well enough.
        token = secrets.token_urlsafe(32)
        added = Reviewer(name=name, role=role, queues=tuple(queues), token_hash=hashed(token))
        self._write([*(one for one in self.all() if one.name != name), added])
        return token

    def remove(self, name: str) -> None:
        """End somebody's access, open sessions included.

        Raises:
            InputError: nobody has that name.
            StoreError: the file cannot be read or written.
        """
        kept = [one for one in self.all() if one.name != name]
        if len(kept) == len(self.all()):
            raise InputError(f"No reviewer is called {name!r}.", remedy="See who is: list them.")
        self._write(kept)

    def _stamp(self) -> object:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def _write(self, people: Iterable[Reviewer]) -> None:
        ordered = sorted(people, key=lambda one: one.name)
        text = json.dumps({"reviewers": [asdict(one) for one in ordered]}, indent=2)
        aside = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(
                os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
            ) as file:
                file.write(f"{text}\n")
            aside.replace(self.path)
        except OSError as error:
            raise StoreError(
                f"{str(self.path)!r} cannot be written: {error}.", remedy="Name another file."
            ) from error


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def without_hash(reviewer: Reviewer) -> dict[str, object]:
    """Somebody as plain values, without what they sign in with."""
    return {key: value for key, value in asdict(reviewer).items() if key != "token_hash"}


def _read(path: Path) -> tuple[Reviewer, ...]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        found = [_of(checked.table("reviewer", one)) for one in values["reviewers"]]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"{str(path)!r} holds no reviewers: {error}.", remedy="Mend it, or name another file."
        ) from error
    return tuple(sorted(found, key=lambda one: one.name))


def _of(values: Mapping[str, object]) -> Reviewer:
    role = next((one for one in ROLES if one == values["role"]), None)
    queues = values.get("queues", [])
    if role is None or not isinstance(queues, list):
        raise ValueError(f"{values['name']!r} has role {values['role']!r} and queues {queues!r}")
    return replace(
        Reviewer(name=str(values["name"]), role=role, token_hash=str(values["token_hash"])),
        queues=tuple(map(str, queues)),
    )
