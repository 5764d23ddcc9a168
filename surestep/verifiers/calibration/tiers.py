"""When to act without asking: tiers by amount, and the confidence each of them takes.

Acting costs (1 - confidence) · cost of an error on average, and asking costs what a person costs;
so one acts if, and only if, confidence ≥ 1 - cost of asking / cost of an error (Chow 1970).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from surestep.budgets import checked
from surestep.errors import PlanError

_FIELDS = ("name", "asking_usd", "error_usd", "error_share", "from_usd", "floor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """What asking and erring cost, for amounts from one figure up to the next tier's.

    Attributes:
        name: of the tier.
        asking_usd: cost of asking a person once, in US dollars: their minutes and the delay.
        error_usd: cost of an error whatever the amount, in US dollars; 0.0 by default.
        error_share: the share of the amount an error costs beside that; 1.0 by default.
        from_usd: the smallest amount in it, in US dollars; 0.0 by default.
        floor: never act below this confidence, whatever it costs; above 1 never act. 0.0 by
            default.

    Raises:
        PlanError: for a negative, NaN or infinite number.
    """

    name: str
    asking_usd: float
    error_usd: float = 0.0
    error_share: float = 1.0
    from_usd: float = 0.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        checked.amounts(
            self, asking_usd="US dollars", error_usd="US dollars", from_usd="US dollars"
        )
        checked.amounts(self, error_share="of the amount", floor="as a probability")

    def cost_of_error_usd(self, amount_usd: float) -> float:
        """What acting wrongly on an amount costs, in US dollars."""
        return self.error_usd + self.error_share * amount_usd

    def threshold(self, amount_usd: float) -> float:
        """The confidence from which acting on an amount is cheaper than asking about it."""
        error_usd = self.cost_of_error_usd(amount_usd)
        # Where an error costs nothing, asking cannot pay, whatever asking costs.
        worth_it = 1.0 - self.asking_usd / error_usd if error_usd > 0.0 else 0.0
        return max(worth_it, self.floor, 0.0)


@dataclass(frozen=True, slots=True)
class Tiers:
    """Tiers of one step, by amount.

    Attributes:
        tiers: from the smallest amounts, which start at 0, to the largest.

    Raises:
        PlanError: for no tiers, tiers out of order, or a first one that does not start at 0.
    """

    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "tiers", tuple(self.tiers))
        starts = [tier.from_usd for tier in self.tiers]
        if not starts or starts[0] != 0.0 or sorted(set(starts)) != starts:
            raise PlanError(
                f"Tiers start at {starts} US dollars.",
                remedy="Give tiers of different amounts in ascending order, the first from 0.",
            )
        checked.names("tiers", [tier.name for tier in self.tiers])

    def at(self, amount_usd: float) -> Tier:
        """The tier of an amount.

        Raises:
            PlanError: if it is no finite number of at least 0.
        """
        checked.not_negative("amount_usd", amount_usd, unit="US dollars")
        return [tier for tier in self.tiers if tier.from_usd <= amount_usd][-1]

    def acts(self, confidence: float, *, amount_usd: float = 0.0) -> bool:
        """Whether to act without asking.

        Args:
            confidence: the calibrated probability that the output is right.
            amount_usd: what is at stake, in US dollars.

        Raises:
            PlanError: for a confidence outside [0, 1], or a negative amount.
        """
        threshold = self.at(amount_usd).threshold(amount_usd)
        return checked.rate("confidence", confidence) >= threshold

    def as_dict(self) -> dict[str, object]:
        """The tiers as plain JSON values."""
        return {"tiers": [asdict(tier) for tier in self.tiers]}

    @classmethod
    def of_dict(cls, values: Mapping[str, object]) -> Tiers:
        """The tiers that `as_dict` describes.

        Raises:
            PlanError: for a missing or unknown key, or a value that does not fit.
        """
        checked.keys("tiers", values, required=("tiers",))
        entries = values["tiers"]
        if not isinstance(entries, Sequence) or isinstance(entries, str):
            raise PlanError(f"tiers is {entries!r}.", remedy="Give a list of tables.")
        return cls(tuple(_tier(checked.table("tier", entry)) for entry in entries))


def _tier(values: Mapping[str, object]) -> Tier:
    checked.keys("tier", values, required=_FIELDS[:2], optional=_FIELDS[2:])
    numbers = {
        name: checked.finite(name, value, remedy="Give a number.")
        for name, value in values.items()
        if name != "name"
    }
    return Tier(name=str(values["name"]), **numbers)
