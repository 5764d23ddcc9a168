"""An attempt of one worker call, judged or not."""

from __future__ import annotations

import numpy as np

from surestep.budgets.algebra.attempt import Attempt, Source, Way, at_once


def single(source: Source) -> Attempt:
    """One output, and the panel's verdict on it.

    With p = P(right), F and S the panel's P(refused) of a right and of a wrong output, it is
    accepted right with p(1 - F), accepted wrong with (1 - p)(1 - S), and refused otherwise.
    """
    panel, ok = source.panel, source.success
    bad = 1.0 - ok
    judged = source.worker.then(panel.law)
    accepted = Way(
        ok=ok * panel.accept_ok,
        bad=bad * panel.accept_bad,
        advance=source.worker if source.speculative else judged,
        confirm=panel.law if source.speculative else source.nothing,
        settled=judged,
    )
    fails, misses = ok * (1.0 - panel.accept_ok), bad * (1.0 - panel.accept_bad)
    refused = at_once(fails, misses, judged, source.nothing)
    return Attempt(
        accepted=(accepted,),
        refused=(refused,) if panel.size else (),
        worker_calls=np.full_like(ok, source.calls),
        check_runs=np.full_like(ok, 1.0 if panel.size else 0.0),
        vain=fails + misses if source.speculative else np.zeros_like(ok),
    )
