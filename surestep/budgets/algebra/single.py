"""An attempt of one worker call, judged or not."""

from __future__ import annotations

import numpy as np

from surestep.budgets.algebra.attempt import Attempt, Source, Way, at_once
from surestep.budgets.algebra.law import Floats, Law


def single(source: Source) -> Attempt:
    """One output, and the panel's verdict on it.

    With p = P(right), F and S the panel's P(refused) of a right and of a wrong output, it is
    accepted right with p(1 - F), accepted wrong with (1 - p)(1 - S), and refused otherwise.
    """
    panel, ok = source.panel, source.success
    bad, none = 1.0 - ok, np.zeros_like(ok)
    # Right and wrong outputs part ways where their times differ; one way is half the work.
    outputs = [(ok, none, source.right), (none, bad, source.wrong)]
    if source.right is source.wrong:
        outputs = [(ok, bad, source.worker)]
    refused = tuple(
        at_once(
            ok * (1.0 - source.accept_ok),
            bad * (1.0 - source.accept_bad),
            law.then(panel.law),
            source.nothing,
        )
        for ok, bad, law in outputs
    )
    lost = ok * (1.0 - source.accept_ok) + bad * (1.0 - source.accept_bad)
    return Attempt(
        accepted=tuple(_accepted(source, *output) for output in outputs),
        refused=refused if panel.size else (),
        worker_calls=np.full_like(ok, source.calls),
        check_calls=np.full_like(ok, panel.size),
        check_cost_usd=np.full_like(ok, panel.cost_usd),
        vain=lost if source.speculative else none,
    )


def _accepted(source: Source, ok: Floats, bad: Floats, law: Law) -> Way:
    panel, judged = source.panel, law.then(source.panel.law)
    return Way(
        ok=ok * source.accept_ok,
        bad=bad * source.accept_bad,
        advance=law if source.speculative else judged,
        confirm=panel.law if source.speculative else source.nothing,
        settled=judged,
    )
