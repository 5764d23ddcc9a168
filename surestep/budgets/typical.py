"""What calls usually consume: what one that was cut off has most likely cost.

A provider is taken to finish an answer it has begun, and to bill it: such a call is taken to
have used as many tokens as those of its kind that came back. Some providers stop sooner, so the
estimate is rather too high than too low.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from surestep.budgets.pricing import Price, settle_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Calls that are alike.

    Attributes:
        model: which model they ask.
        step: path of the step they belong to.
        verifier: name of the verifier that makes them; `""` for a worker.
    """

    model: str
    step: str = ""
    verifier: str = ""


@dataclass(slots=True)
class _Seen:
    """The calls of one kind that came back."""

    calls: int = 0
    sent_bytes: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(slots=True)
class Typical:
    """What calls that came back have consumed. Safe to use from several threads."""

    # Without a lock: two threads at the same sum may lose a call, which moves a mean a little.
    _seen: dict[Kind, _Seen] = field(default_factory=dict)

    def tell(self, kind: Kind, *, sent_bytes: int, input_tokens: int, output_tokens: int) -> None:
        """Take note of a call that came back."""
        for known in (kind, Kind(model=kind.model)):
            seen = self._seen.setdefault(known, _Seen())
            seen.calls += 1
            seen.sent_bytes += sent_bytes
            seen.input_tokens += input_tokens
            seen.output_tokens += output_tokens

    def cost_usd(self, kind: Kind, price: Price, *, sent_bytes: int) -> float | None:
        """What such a call most likely costs, in US dollars.

        Follows calls of the same kind, or else of the same model.

        Args:
            kind: whose call it is.
            price: the model's price.
            sent_bytes: the size of what was sent, as told of those that came back.

        Returns:
            `None` if no call of the model has come back yet.
        """
        seen = self._seen.get(kind) or self._seen.get(Kind(model=kind.model))
        if seen is None:
            return None
        sent = math.ceil(seen.input_tokens * sent_bytes / max(seen.sent_bytes, 1))
        return settle_usd(price, sent, math.ceil(seen.output_tokens / seen.calls))
