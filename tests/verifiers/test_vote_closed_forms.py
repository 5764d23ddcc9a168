"""The process that `VoteTally` drives has the probabilities of its theory.

A worker is right with probability p and otherwise always wrong in the same way. Then
P(right) = 1 / (1 + (q/p)^k) and E[N] = k / (p - q) * (p^k - q^k) / (p^k + q^k) for a
first-to-ahead-by-k vote (MAKER, arXiv 2511.09030, after the gambler's ruin).
"""

import math
import random
from collections import defaultdict

import pytest

from surestep.verifiers import Vote, VoteTally

P = 0.95


def exact(vote, p=P):
    """P(right), P(undecided), E[samples], E[waves], summed over every path of the process."""
    right = undecided = samples = waves = 0.0
    open_ = {(0, 0): 1.0}
    while open_:
        following = defaultdict(float)
        for (good, bad), chance in open_.items():
            asked, leader = next_step(vote, good, bad)
            if asked == 0:
                right += chance * (leader is True)
                undecided += chance * (leader is None)
                continue
            samples += chance * asked
            waves += chance
            for more in range(asked + 1):
                odds = math.comb(asked, more) * p**more * (1 - p) ** (asked - more)
                following[good + more, bad + asked - more] += chance * odds
        open_ = following
    return right, undecided, samples, waves


def next_step(vote, good, bad):
    """How many samples the tally asks for, and who has won."""
    tally = VoteTally(vote)
    for sample in [True] * good + [False] * bad:
        tally.add(sample)
    return tally.next_wave(), tally.winner


def theory(k, p=P):
    """P(right) and E[samples] of the serial vote."""
    q = 1 - p
    return 1 / (1 + (q / p) ** k), k / (p - q) * (p**k - q**k) / (p**k + q**k)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("p", [0.6, 0.8, 0.95])
def test_a_serial_vote_follows_the_closed_form(k, p):
    """One sample at a time; a cap of 200 cuts off less than 1e-6 even at p = 0.6, k = 5."""
    right, _, samples, _ = exact(Vote(ahead_by=k, first=1, wave=1, cap=200), p)

    assert right == pytest.approx(theory(k, p)[0], abs=1e-6)
    assert samples == pytest.approx(theory(k, p)[1], abs=1e-3)


@pytest.mark.parametrize(
    ("rules", "right", "samples", "waves"),
    [
        ((2, 1, 1), 0.997238, 2.209945, 2.209945),
        ((3, 1, 1), 0.999854, 3.332362, 3.332362),
        ((3, 3, 2), 0.999854, 3.332362, 1.166181),
        ((3, 5, 2), 0.999967, 5.052624, 1.026312),
        ((2, 2, 2), 0.997238, 2.209945, 1.104972),
    ],
)
def test_waves_give_the_known_values(rules, right, samples, waves):
    """Values computed independently, to six digits; the cap of 61 cuts off nothing visible."""
    ahead_by, first, wave = rules

    found = exact(Vote(ahead_by=ahead_by, first=first, wave=wave, cap=61))

    assert found == pytest.approx((right, 0, samples, waves), abs=1e-6)


def test_a_first_wave_of_other_parity_needs_one_vote_more():
    """Ahead by 2 from 3 in waves of 2 is ahead by 3: leads stay odd."""
    mixed = exact(Vote(ahead_by=2, first=3, wave=2, cap=61))
    odd = exact(Vote(ahead_by=3, first=3, wave=2, cap=61))

    assert mixed == pytest.approx(odd, abs=1e-12)


def test_the_default_cap_leaves_few_undecided():
    """Capped at 9 samples: right 0.999442, undecided 0.000412."""
    right, undecided, _, _ = exact(Vote())

    assert (right, undecided) == pytest.approx((0.999442, 0.000412), abs=1e-6)


def test_red_flags_raise_the_rate_of_what_votes():
    """Flagging 5 % of right and 50 % of wrong samples makes p = 0.80 act like 0.8837.

    4,000 seeded runs of ahead-by-2 agree with the closed form at
    p' = p(1-g) / (p(1-g) + q(1-b)) within 4 standard errors.
    """
    draw = random.Random(7)
    p_votes = 0.8 * 0.95 / (0.8 * 0.95 + 0.2 * 0.5)
    vote = Vote(ahead_by=2, first=1, wave=1, cap=200, key=bool, red_flag=lambda s: s.flagged)
    runs = 4000

    right = sum(simulate(vote, draw) for _ in range(runs)) / runs

    expected = theory(2, p_votes)[0]
    assert abs(right - expected) < 4 * math.sqrt(expected * (1 - expected) / runs)


class Sample:
    """A sample that is right or wrong, flagged or not."""

    def __init__(self, draw):
        self.right = draw.random() < 0.8
        self.flagged = draw.random() < (0.05 if self.right else 0.5)

    def __bool__(self):
        return self.right


def simulate(vote, draw):
    """Whether one vote over random samples elects the right answer."""
    tally = VoteTally(vote)
    while asked := tally.next_wave():
        for _ in range(asked):
            tally.add(Sample(draw))
    return tally.winner.right
