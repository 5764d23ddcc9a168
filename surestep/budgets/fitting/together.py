"""Whether steps of one run fail together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import norm

from surestep.budgets.fitting.difficulty import SIGNIFICANT
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Table, sums
from surestep.budgets.fitting.truth import Truth


def notes(table: Table, truth: Truth) -> Iterator[str]:
    """What is to be said if steps of one run are right or wrong together.

    Each step's outcome less its step's share of right ones is summed over a run; were steps
    independent, products of two such residuals would be 0 in the mean. Only labelled first
    attempts count, and a task's runs count as one.
    """
    # Inferred outputs were inferred from each other through the result of their run.
    here = table.first & (truth.worth == 1.0)
    if not here.any():
        return
    weight, step = table.weight[here], table.step[here]
    shares = sums(step, weight * truth.right[here]) / np.maximum(sums(step, weight), 1e-12)
    # Visits of one step are summed first: how they repeat each other is its own spread.
    cells = table.run[here] * len(table.steps) + step
    size = (len(table.runs), len(table.steps))
    off = _products(sums(cells, truth.right[here] - shares[step], size[0] * size[1]), size)
    variances = sums(cells, (shares * (1.0 - shares))[step], size[0] * size[1])
    tasks = np.zeros(size[0], dtype=np.int64)
    tasks[table.run] = table.task
    # Runs of one task may repeat each other, so their deviations add up rather than average out.
    deviations = sums(tasks, np.sqrt(np.maximum(_products(variances, size), 0.0)))
    scale = float(np.sqrt((deviations**2).sum()))
    p_value = float(norm.sf(off.sum() / scale)) if scale > 0.0 else 1.0
    if p_value < SIGNIFICANT:
        yield (
            f"Steps of one run are right or wrong together (p = {p_value:.1g}); whole runs "
            "succeed more often than the product of their steps says."
        )


def _products(cells: Floats, size: tuple[int, int]) -> Floats:
    """The sum over each run's pairs of steps of the product of their cells."""
    table = cells.reshape(size)
    products: Floats = (table.sum(axis=1) ** 2 - (table**2).sum(axis=1)) / 2.0
    return products
