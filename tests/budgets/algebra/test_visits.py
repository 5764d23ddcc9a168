"""The algebra against visits played out with random numbers."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from surestep.budgets import Assurance, CheckProfile, PersonProfile, StepProfile
from surestep.budgets.algebra import Treated, treated
from surestep.budgets.tally import Difficulty, Strength, Tally
from tests.budgets.algebra.oracle import Run, Visit

RUNS = 4000
TICK_S = 0.01
WORK = tuple(np.random.default_rng(1).lognormal(0.0, 0.5, 60).round(2).tolist())
CHECK = tuple(np.random.default_rng(2).lognormal(-0.7, 0.5, 40).round(2).tolist())
JUDGE = CheckProfile(accept_ok=0.9, accept_bad=0.25, latencies_s=CHECK)
RULE = CheckProfile(accept_ok=0.97, accept_bad=0.5, latency_s=0.1)
TWIN = replace(JUDGE, family="judges", blind=0.1, spread=0.3)
PERSON = PersonProfile(minutes=2.0, fix=0.9, accept_ok=0.95, accept_bad=0.2, wait_s=60.0)
STEP = StepProfile(success=0.75, latencies_s=WORK, checks={"judge": JUDGE, "rule": RULE})
VARIED = replace(STEP, spread=0.3)
TWINS = replace(VARIED, checks={"one": TWIN, "two": TWIN, "three": TWIN})
SURE = Tally(
    risk=0.08,
    classes=(Difficulty(share=0.2, success=0.45), Difficulty(share=0.8, success=0.85)),
    checks={
        "judge": Strength(accept_ok=0.9, accept_bad=0.25),
        "rule": Strength(accept_ok=0.97, accept_bad=0.5),
    },
    first=2,
    cap=6,
)
VOTE = {"ahead_by": 2, "first": 3, "wave": 2, "cap": 7}

CASES = {
    "tally": (VARIED, Assurance(tally=SURE)),
    "tally of votes": (VARIED, Assurance(tally=replace(SURE, checks={}))),
    "tally of votes, speculative": (
        VARIED,
        Assurance(tally=replace(SURE, checks={}), mode="speculative"),
    ),
    "off": (STEP, Assurance(mode="off")),
    "one check": (STEP, Assurance(verifiers=("judge",), retries=1)),
    "two checks": (VARIED, Assurance()),
    "two checks, speculative": (VARIED, Assurance(mode="speculative")),
    "either check": (VARIED, Assurance(quorum=1)),
    "two of three twins": (TWINS, Assurance(quorum=2)),
    "all twins, speculative": (TWINS, Assurance(mode="speculative", retries=3)),
    "retries that differ": (replace(STEP, retry_success=0.4), Assurance(retries=3)),
    "mistakes that take longer": (replace(VARIED, latency_wrong=1.8), Assurance()),
    "mistakes that are quick, speculative": (
        replace(VARIED, latency_wrong=0.4),
        Assurance(mode="speculative"),
    ),
    "person on failure": (VARIED, Assurance(human="on_failure", retries=0)),
    "person always": (VARIED, Assurance(human="always", retries=1)),
    "person always, retries that differ": (
        replace(STEP, retry_success=0.9),
        Assurance(human="always", verifiers=("rule",), retries=1),
    ),
    "person always, unchecked": (VARIED, Assurance(human="always", verifiers=())),
    "three samples": (VARIED, Assurance(samples=3, retries=1)),
    "three samples, unchecked": (VARIED, Assurance(samples=3, verifiers=())),
    "two samples, speculative": (VARIED, Assurance(samples=2, mode="speculative", retries=1)),
    "three samples, speculative": (VARIED, Assurance(samples=3, mode="speculative", retries=1)),
    "vote": (VARIED, Assurance(vote=VOTE, verifiers=())),
    "vote, person on failure": (VARIED, Assurance(vote=VOTE, verifiers=(), human="on_failure")),
    "vote, strays": (replace(VARIED, alike=0.25), Assurance(vote=VOTE, verifiers=())),
    "vote behind a check": (VARIED, Assurance(vote=VOTE, verifiers=("judge",), retries=1)),
    "vote behind a check, person always": (
        VARIED,
        Assurance(vote=VOTE, verifiers=("judge",), retries=1, human="always"),
    ),
    "vote, speculative": (VARIED, Assurance(vote=VOTE, verifiers=(), mode="speculative")),
    "vote, strays, speculative": (
        replace(VARIED, alike=0.25),
        Assurance(vote=VOTE, verifiers=(), mode="speculative"),
    ),
    "vote behind a check, speculative": (
        VARIED,
        Assurance(vote=VOTE, verifiers=("judge",), retries=1, mode="speculative"),
    ),
}


def _figures(found: Treated) -> dict[str, float]:
    rates = {one.name: getattr(found, one.name) for one in fields(Run) if one.name in RATES}
    return {
        **rates,
        "questions": found.human_minutes / PERSON.minutes,
        "advance": found.advance.mean_s,
        "confirm": found.confirm.mean_s,
        "advance^2": found.advance.variance_s2 + found.advance.mean_s**2,
        "settled^2": found.settled.variance_s2 + found.settled.mean_s**2,
        **{f"advance <= {s}": found.advance.cdf(s) for s in (1.0, 2.0, 3.0)},
        **{f"settled <= {s}": found.settled.cdf(s) for s in (1.0, 2.0, 3.0)},
    }


RATES = ("right", "wrong", "stopped", "asked", "worker_calls", "check_calls", "rejected")


def _sample(run: Run) -> list[float]:
    settled = run.advance + run.confirm
    return [
        *(getattr(run, name) for name in RATES),
        run.questions,
        run.advance,
        run.confirm,
        run.advance**2,
        settled**2,
        *(float(run.advance <= s + 1e-9) for s in (1.0, 2.0, 3.0)),
        *(float(settled <= s + 1e-9) for s in (1.0, 2.0, 3.0)),
    ]


@pytest.mark.parametrize("case", CASES)
def test_every_figure_is_that_of_visits_played_out(case: str) -> None:
    """Within four standard errors: ends, people, calls, waste, and the laws of both times."""
    step, how = CASES[case]
    found = treated(step, how, person=PERSON, tick_s=TICK_S)
    random = np.random.default_rng(7)
    runs = [Visit(step, found.assurance, PERSON, random).played() for _ in range(RUNS)]
    samples = np.array([_sample(run) for run in runs])
    error = 4.0 * samples.std(axis=0) / RUNS**0.5 + 1e-3
    figures = _figures(found)
    off = np.abs(samples.mean(axis=0) - np.array(list(figures.values())))
    assert not [
        (name, value, mean)
        for name, value, mean, bad in zip(
            figures, figures.values(), samples.mean(axis=0), off > error, strict=True
        )
        if bad
    ]
