"""What the inbox refuses, and the HTTP status that says so."""

from __future__ import annotations

from surestep.errors import AnswerRefused, ClaimRefused, InputError, StoreError, SurestepError


class NotThere(InputError):
    """An item that does not exist, or lies in a queue its reader does not see."""

    def __init__(self, question_id: str) -> None:
        super().__init__(f"There is no item {question_id!r}.", remedy="Look for it in the list.")


class NotAllowed(InputError):
    """Something the reviewer's role does not include."""


class NotSignedIn(InputError):
    """A request without a session, or a token, that holds."""

    def __init__(self) -> None:
        super().__init__("You are not signed in.", remedy="Sign in with your token.")


class Forged(InputError):
    """A form that was not made for the session it came with."""

    def __init__(self) -> None:
        super().__init__(
            "This form belongs to another session, so nothing was changed.",
            remedy="You may have signed in again since: go back, and send it once more.",
        )


class TooMany(InputError):
    """More requests than a person makes.

    Attributes:
        wait_s: when the next one is let in, in seconds from now.
    """

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(
            "These are too many requests in a short time.", remedy=f"Wait {wait_s:.0f} seconds."
        )


class Malformed(InputError):
    """A body that is not what the API takes there."""


class TooLarge(InputError):
    """A request with a larger body than any form of ours has."""


_STATUS: tuple[tuple[type[SurestepError], int], ...] = (
    (NotThere, 404),
    (NotAllowed, 403),
    (NotSignedIn, 401),
    (Forged, 403),
    (TooMany, 429),
    (TooLarge, 413),
    (Malformed, 422),
    (ClaimRefused, 409),
    (AnswerRefused, 422),
    (InputError, 400),
    (StoreError, 503),
)


def status_of(error: SurestepError) -> int:
    """The HTTP status of an error; 500 for one of which nobody thought."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
