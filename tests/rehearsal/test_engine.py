"""The engine: matching, repeats, seeds and counts."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surestep.errors import InputError
from surestep.rehearsal import Faults, Latency, Tokens
from tests.rehearsal.helpers import classifier, engine, judge, request, said

PROMPTS = [f"Classify T{task}" for task in range(8)] * 3
NOISY = {
    "error_rate": 0.4,
    "correlation": 0.3,
    "wrong": ["a", "b"],
    "latency": Latency(kind="lognormal", median_s=1.0, sigma=1.0),
    "faults": Faults(stall=0.2, rate_limit=0.2),
}


def outcomes(prompts, seed=1):
    """What each prompt got, whatever the order of the prompts."""
    world = engine(classifier(**NOISY), seed=seed, time_scale=1.0)
    return sorted(((p, world.reply(request(p))) for p in prompts), key=str)


@settings(deadline=None, max_examples=30)
@given(st.randoms(use_true_random=False))
def test_replies_do_not_depend_on_the_order_of_arrival(rng: random.Random):
    """Interleaved otherwise, the same requests get the same replies."""
    shuffled = rng.sample(PROMPTS, len(PROMPTS))

    assert outcomes(shuffled) == outcomes(PROMPTS)


def test_another_seed_is_another_world():
    """Everything follows from the seed."""
    assert outcomes(PROMPTS, seed=1) != outcomes(PROMPTS, seed=2)


def test_a_repeated_request_is_drawn_anew():
    """Repeats of an uncertain task differ among themselves."""
    world = engine(classifier(error_rate=0.5, wrong=["spam"]))

    assert {said(world, "Classify T1") for _ in range(30)} == {"refund", "spam"}
    assert [lookup.repeat for lookup in world.requests.lookups] == list(range(30))


def test_choices_are_repeats():
    """N answers of one request are drawn as n requests are."""
    role = classifier(error_rate=0.5, wrong=["spam"])
    together = engine(role).reply(request("Classify T1", n=8)).messages
    world = engine(role)

    assert [m.text for m in together] == [said(world, "Classify T1") for _ in range(8)]


def test_a_nonce_makes_no_new_request():
    """Long hexadecimal runs do not count towards which request it is."""
    world = engine(classifier())
    said(world, "Classify T1 <data-0123456789abcdef>")
    said(world, "Classify T1 <data-fedcba9876543210>")
    said(world, "Classify T1 again")

    assert [lookup.repeat for lookup in world.requests.lookups] == [0, 1, 0]


def test_the_first_matching_role_answers():
    """Roles are tried in order, and only for the models they are for."""
    strong = classifier(name="strong", truth=lambda task: "strong", models=["large"])
    world = engine(strong, classifier())

    assert said(world, "Classify T1", model="large") == "strong"
    assert said(world, "Classify T1", model="small") == "refund"
    assert world.requests.by_role == {"strong": 1, "classify": 1}


def test_without_a_task_group_the_match_is_the_task():
    """A pattern need not name what it finds."""
    world = engine(classifier(pattern=r"T\d+", truth={"T7": "seven"}))

    assert said(world, "about T7, please") == "seven"


def test_an_unmatched_prompt_is_refused_with_its_text():
    """Who forgot a role sees which prompt has none."""
    world = engine(classifier())

    with pytest.raises(InputError, match=r"No role .* 'Summarise T1'"):
        said(world, "Summarise T1")
    assert (world.requests.refused, world.requests.total) == (1, 1)


def test_times_are_scaled():
    """Latency, stall and Retry-After all shrink by the time scale."""
    faults = Faults(stall=1.0, stall_s=600.0, retry_after_s=5.0)
    role = classifier(latency=Latency(median_s=10.0), faults=faults)
    reply = engine(role, time_scale=0.01).reply(request("Classify T1"))

    assert reply.latency_s == pytest.approx(6.1)
    assert reply.retry_after_s == pytest.approx(0.05)


def test_answers_nobody_received_are_not_looked_up():
    """A 429 counts as a fault and a request, not as an answer."""
    world = engine(classifier(faults=Faults(rate_limit=1.0)))
    world.reply(request("Classify T1"))

    assert world.requests.faults == {"rate_limit": 1}
    assert world.requests.by_role == {"classify": 1}
    assert world.requests.lookups == []


def test_usage_follows_the_scenario_or_the_texts():
    """Fixed counts are taken as they are, others are a quarter of the characters."""
    fixed = engine(classifier(tokens=Tokens(input=600, output=40))).reply(request("Classify T1"))
    counted = engine(classifier()).reply(request("Classify T1", n=2))

    assert (fixed.input_tokens, fixed.output_tokens) == (600, 40)
    assert (counted.input_tokens, counted.output_tokens) == (3, 4)


def test_a_judge_and_its_worker_draw_apart():
    """Adding a judge changes no worker's answer."""
    alone = engine(classifier(error_rate=0.5))
    judged = engine(classifier(error_rate=0.5), judge())
    for prompt in PROMPTS:
        said(judged, f"Judge {prompt.split()[1]}: x")

    assert [said(alone, p) for p in PROMPTS] == [said(judged, p) for p in PROMPTS]
