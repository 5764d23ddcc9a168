"""Which items somebody wants to see."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from surestep.errors import InputError
from surestep.storage import Item
from surestep.web.reviewers import Reviewer
from surestep.web.rows import stake_usd

STATES = ("open", "free", "mine", "held", "answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What an item must be to be listed.

    Attributes:
        queue: in this queue; `""` for any.
        step: of this step; `""` for any.
        state: one of `STATES`.
        amount_usd: about this amount at least, in US dollars; `None` for any.
        overdue: whether no time of its SLA may be left.
    """

    queue: str = ""
    step: str = ""
    state: str = "open"
    amount_usd: float | None = None
    overdue: bool = False

    @classmethod
    def of(cls, words: Mapping[str, str]) -> Filters:
        """The filters of a query string.

        Raises:
            InputError: one of them makes no sense.
        """
        state = words.get("state") or "open"
        if state not in STATES:
            raise InputError(
                f"No item has state {state!r}.", remedy=f"Choose one of: {', '.join(STATES)}."
            )
        return cls(
            queue=words.get("queue", ""),
            step=words.get("step", ""),
            state=state,
            amount_usd=_amount(words.get("amount_usd", "")),
            overdue=words.get("overdue", "") not in ("", "0", "false"),
        )

    @property
    def decided(self) -> bool:
        """Whether decided items are meant, and not open ones."""
        return self.state == "answered"

    @property
    def query(self) -> str:
        """This as a query string; `""` if everything open is meant."""
        said = {**asdict(self), "overdue": "1" if self.overdue else ""}
        return urlencode({key: value for key, value in said.items() if value not in ("", None)})

    def let_through(
        self, items: Iterable[Item], reviewer: Reviewer, *, now: float
    ) -> tuple[Item, ...]:
        """Those of the items that fit and that the reviewer may see, in their order."""
        return tuple(
            item
            for item in items
            if reviewer.sees(item.question.queue)
            and self.queue in ("", item.question.queue)
            and self.step in ("", item.question.step)
            and self._fits_state(item, reviewer.name, now)
            and (self.amount_usd is None or self.amount_usd <= (stake_usd(item.question) or 0.0))
            and not (self.overdue and (item.left_s(now) or 0.0) >= 0.0)
        )

    def _fits_state(self, item: Item, name: str, now: float) -> bool:
        if self.state in ("open", "answered"):
            return True
        holder = item.holder(now)
        if self.state == "mine":
            return name in (holder, item.assigned_to)
        if self.state == "held":
            return bool(holder)
        return not holder and item.assigned_to in ("", name)


def _amount(word: str) -> float | None:
    if not word.strip():
        return None
    try:
        amount = float(word)
    except ValueError:
        amount = math.nan
    if not (math.isfinite(amount) and amount >= 0.0):
        raise InputError(f"Amount {word!r} is no number.", remedy="Give dollars, such as 250.")
    return amount
