"""The OpenAI client retries by itself; inside a step it must not, because we count retries.

A retry the ledger and the deadline never hear of breaks both. The client reads its number of
retries from each request's options, so that is where it is set to none, and only for calls
made under a meter. A client without that place keeps its own retries.
"""

from __future__ import annotations

import sys
from collections.abc import Callable


class _Silencer:
    """Switches the client's retries off, once, as soon as the client has been imported."""

    def __init__(self) -> None:
        self.done = False

    def __call__(self, under_meter: Callable[[], bool]) -> None:
        models = sys.modules.get("openai._models")
        options = getattr(models, "FinalRequestOptions", None)
        own = getattr(options, "get_max_retries", None)
        if self.done or options is None or own is None:
            return
        self.done = True

        def get_max_retries(request: object, max_retries: int) -> int:
            return 0 if under_meter() else own(request, max_retries)

        options.get_max_retries = get_max_retries


leave_retries_to_us = _Silencer()
