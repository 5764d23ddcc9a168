"""Review a sample of what an agent did by itself: how many, which, and what they say."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace

from examples.ticket_review.graph import Categorised, categorised
from examples.ticket_review.tickets import day
from surestep.review.actions import Action, Actions
from surestep.review.drift import Watch, seen
from surestep.review.estimate import Estimate, estimate
from surestep.review.sampling import Draw, draw_all
from surestep.verifiers.calibration import Calibrator, Labelled, Logged, Tier, Tiers, propose
from surestep.verifiers.calibration.fit import fit
from surestep.verifiers.calibration.measure import held_out

KNOWN = 400
TICKETS = 1_000
SHARE = 0.05
NOW = Tiers((Tier(name="all", asking_usd=1.0, error_share=0.0, floor=0.0),))
PROPOSED = Tiers((Tier(name="all", asking_usd=1.5, error_usd=6.0),))
"""A minute and a half of a reviewer, against a ticket that goes to the wrong desk."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=2, help="of the tickets and of the draws")
    for line in story(parser.parse_args(arguments).seed):
        print(line)
    return 0


def story(seed: int) -> Iterator[str]:
    """What happens on three days, line by line."""
    known = labelled(categorised(day("before", KNOWN, seed=seed)))
    calibrator, found = fit(known), held_out(known)
    yield (
        f"{KNOWN} tickets were checked before. Calibration error {found.before.error:.3f} -> "
        f"{found.after.error:.3f} on held-out halves."
    )
    done = calibrated(categorised(day("today", TICKETS, seed=seed + 1)), calibrator)
    draws = drawn(done, seed=seed)
    actions = reviewed(done, draws)
    result = estimate(Actions.of(actions))
    truth = sum(not one.right for one in done) / len(done)
    yield f"The agent categorised {len(done)} tickets. {said(result)}. In truth: {truth:.1%}."
    log = [
        Logged(
            confidence=one.confidence,
            right=None if one.wrong is None else not one.wrong,
            chance=one.chance,
        )
        for one in actions
    ]
    yield from propose("categorise", log, now=NOW, proposed=PROPOSED).lines()
    yield watched(calibrator, limit=result.high, seed=seed)


def labelled(done: Sequence[Categorised]) -> list[Labelled]:
    """What the agent did, with the truth."""
    return [Labelled(one.confidence, one.right) for one in done]


def calibrated(done: Sequence[Categorised], calibrator: Calibrator) -> list[Categorised]:
    """The same with the confidence it deserves."""
    return [replace(one, confidence=calibrator(one.confidence)) for one in done]


def drawn(done: Sequence[Categorised], *, seed: int) -> list[Draw]:
    """Which of them are to be reviewed."""
    confidences = {one.ticket.name: one.confidence for one in done}
    return draw_all(confidences, budget=SHARE * len(done), seed=seed)


def reviewed(done: Sequence[Categorised], draws: Sequence[Draw]) -> list[Action]:
    """All of them, with what the reviewer said of the drawn ones."""
    return [
        Action(
            confidence=one.confidence,
            chance=draw.chance,
            wrong=not one.right if draw.drawn else None,
        )
        for one, draw in zip(done, draws, strict=True)
    ]


def said(found: Estimate) -> str:
    """An estimate in a sentence."""
    return (
        f"{found.reviewed} reviewed, {found.found} of them wrong, so of all {found.rate:.1%} are "
        f"({found.low:.1%} to {found.high:.1%})"
    )


def watched(calibrator: Calibrator, *, limit: float, seed: int) -> str:
    """What an alarm says of a day on which more tickets are vague."""
    worse = categorised(day("later", TICKETS, seed=seed + 2, vague=0.8))
    done = calibrated(worse, calibrator)
    actions = reviewed(done, drawn(done, seed=seed))
    watch = Watch.detector(limit, items_between_false_alarms=5_000, sampled=SHARE)
    alarm = watch.first_alarm(seen(wrong=one.wrong, chance=one.chance) for one in actions)
    if alarm is None:
        return "A later day: no alarm."
    looked = sum(one.wrong is not None for one in actions[:alarm])
    return (
        f"A later day, with eight vague tickets in ten: an alarm after {alarm} tickets, {looked} "
        f"of them reviewed. It is false once in 5,000 tickets at most, while no more than "
        f"{limit:.1%} are wrong."
    )


if __name__ == "__main__":
    raise SystemExit(main())
