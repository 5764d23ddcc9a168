"""Recorded runs of workers and verifiers whose true rates are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

Record = dict[str, object]


def run(*steps: Mapping[str, object], task: str = "t", **more: object) -> Record:
    """One record."""
    return {"task": task, "steps": list(steps), **more}


def outputs(step: str, outcomes: Sequence[int], **more: object) -> list[Record]:
    """One run and one task for each outcome of one step."""
    return [
        run({"step": step, "ok": ok, **more}, task=f"t{place}") for place, ok in enumerate(outcomes)
    ]


def repeats(
    success: float, spread: float, *, tasks: int, times: int, seed: int = 0
) -> list[Record]:
    """Tasks whose success varies as a beta distribution, each tried several times."""
    rng = np.random.default_rng(seed)
    total = (1.0 - spread) / spread
    rates = rng.beta(success * total, (1.0 - success) * total, size=tasks)
    return [
        run({"step": "a", "ok": int(rng.random() < rate)}, task=f"t{task}")
        for task, rate in enumerate(rates)
        for _ in range(times)
    ]


def judged(
    verifiers: Mapping[str, tuple[float, float]],
    *,
    runs: int,
    success: float = 0.7,
    blind: float = 0.0,
    labelled: bool = True,
    seed: int = 0,
) -> list[Record]:
    """Outputs of one step, judged by verifiers with these rates of acceptance.

    Args:
        verifiers: P(accept | right) and P(accept | wrong) of each, blindness apart.
        runs: how many outputs, each of a task of its own.
        success: share of right ones.
        blind: share of wrong ones that every verifier accepts.
        labelled: whether the truth is recorded.
        seed: the same seed gives the same records.
    """
    rng = np.random.default_rng(seed)
    records = []
    for task in range(runs):
        ok = bool(rng.random() < success)
        unseen = not ok and bool(rng.random() < blind)
        verdicts = {
            name: int(unseen or rng.random() < (of_right if ok else of_wrong))
            for name, (of_right, of_wrong) in verifiers.items()
        }
        truth = int(ok) if labelled else None
        records.append(run({"step": "a", "ok": truth, "verdicts": verdicts}, task=f"t{task}"))
    return records
