r"""The world of the rehearsal: what the simulated models know of each request, and get wrong.

The rates, latencies and faults below are assumptions, chosen to be plausible for small models; they
are not measured. Each worker answers from what its prompt says: a ruling on a wrong intent is right
for that intent, and so wrong for the customer. Judges judge the same way.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from examples.production_flow.cases import case_of
from examples.production_flow.policy import INTENTS, NOTICES, notices, rule, usd
from surestep.rehearsal import Confidence, Faults, JudgeRole, Latency, Role, Scenario

Json = dict[str, JsonValue]
SMALL, LARGE = "gpt-4o-mini", "gpt-4o"
REQUEST = r"R\d+-\d{4}"
JUDGED = rf'.*?"request": ?"(?P<task>{REQUEST})".*<output-\w+>\n(?P<candidate>.*)\n</output-'
FAULTS = Faults(rate_limit=0.006, server_error=0.003, unavailable=0.003, truncated=0.004)
SURE = Confidence(field="confidence", calibrated=True)
TEXTS = {
    "answer": "Thank you for asking; you find all of it in our travel guide.",
    "refund": "We have cancelled your booking and give back {usd} USD.",
    "charge": "Your booking is changed; we charge {usd} USD.",
    "free": "Your booking is changed at no cost.",
    "deny": "We are sorry: your fare does not allow this any more.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a model does for one step.

    Attributes:
        prompt: pattern of its prompt, in which `(?P<task>...)` is what it works from.
        truth: the right answer to a task.
        wrong: a wrong one.
        error_rate: how often it gives that.
        median_s: how long it takes, in seconds.
        said: the key of the step's update that holds its answer, if it is a plain text.
    """

    prompt: str
    truth: Callable[[str], JsonValue]
    wrong: Callable[[str, JsonValue], JsonValue]
    error_rate: float
    median_s: float
    said: str = ""


def reading(task: str) -> JsonValue:
    """What a customer's words say."""
    case = case_of(task)
    number = None if case.twist == "no_booking" else case.booking.number
    day = case.day if "change" in case.intents else None
    return {"intents": list(case.intents), "booking": number, "day": day}


def misread(task: str, truth: JsonValue) -> JsonValue:
    """Another intent first, or another day."""
    case = case_of(task)
    others: list[JsonValue] = [one for one in INTENTS if one != case.intents[0]]
    options = [_with(truth, "intents", [one]) for one in others]
    if "change" in case.intents:
        options += [_with(truth, "day", case.day + more) for more in (1, 7)]
    return _one(task, options)


def choice(task: str) -> JsonValue:
    """The first of the intents given."""
    _, _, given = task.partition(": intents ")
    return {"intent": given.split("+")[0]}


def mischosen(task: str, truth: JsonValue) -> JsonValue:
    """Another intent, of those given if there are several."""
    _, _, given = task.partition(": intents ")
    others: list[JsonValue] = [*given.split("+")[1:]] or [*INTENTS]
    return _one(task, [one for one in ({"intent": other} for other in others) if one != truth])


def ruling(task: str) -> JsonValue:
    """What the terms want of the facts given."""
    given = re.search(
        r": (\w+), fare (\w+), paid (-?\d+) .* in (-?\d+) days, difference (-?\d+)", task
    )
    if given is None:
        return {}
    price, days, difference = map(int, given.groups()[2:])
    found = rule(
        given[1], given[2], price_cents=price, departs_in=days, difference_cents=difference
    )
    return {"kind": found.kind, "cents": found.cents}


def misruled(task: str, truth: JsonValue) -> JsonValue:
    """A refund in full, a denial, a charge without the fee."""
    price = int(re.findall(r"paid (\d+)", task)[0])
    options: list[Json] = [
        {"kind": "refund", "cents": -price},
        {"kind": "charge", "cents": 2_500},
        {"kind": "deny", "cents": 0},
        {"kind": "free", "cents": 0},
    ]
    return _one(task, [one for one in options if one != truth])


def told(task: str) -> JsonValue:
    """The notices the rules want."""
    given = re.fullmatch(rf"({REQUEST}): (\w+) of a (\w+), fare (\w+)", task)
    if given is None:
        return {}
    personal = case_of(given[1]).twist == "personal"
    return {"notices": [*notices(given[2], given[3], given[4], personal=personal)]}


def mistold(task: str, truth: JsonValue) -> JsonValue:
    """One notice too many, or too few."""
    assert isinstance(truth, dict)
    names = [str(name) for name in _list(truth["notices"])]
    fewer = [[name for name in names if name != left] for left in names]
    more = [[one for one in NOTICES if one in names or one == new] for new in NOTICES]
    return _one(task, [{"notices": [*it]} for it in (*fewer, *more) if it != names])


def message(task: str) -> JsonValue:
    """The answer to the customer."""
    given = re.fullmatch(rf"{REQUEST}: (\w+), ([\d.]+) USD, notices ([\w+]+)", task)
    return "" if given is None else message_for(given[1], given[2], _names(given[3]))


def misworded(task: str, truth: JsonValue) -> JsonValue:
    """A promise nobody made, a notice left out, or another amount."""
    text = str(truth)
    options = [f"{text} A voucher is on its way.", text.partition(" [")[0], text.replace("1", "7")]
    return _one(task, [one for one in options if one != text])


def message_for(kind: str, amount: str, names: Sequence[str]) -> str:
    """The right words for a ruling, an amount in US dollars and notices."""
    text = TEXTS.get(kind, TEXTS["answer"]).format(usd=amount)
    return " ".join([text, *(f"[{name}]" for name in names)])


def final_message(request: str) -> str:
    """The right words at the end of a request."""
    case = case_of(request)
    return message_for(case.ruling.kind, usd(case.ruling.cents), case.notices)


PARTS: dict[str, Part] = {
    "reading": Part(
        prompt=rf"Read request (?P<task>{REQUEST})\.",
        truth=reading,
        wrong=misread,
        error_rate=0.05,
        median_s=0.40,
    ),
    "choice": Part(
        prompt=rf"Settle request (?P<task>{REQUEST}: intents [\w+]*)\.",
        truth=choice,
        wrong=mischosen,
        error_rate=0.03,
        median_s=0.25,
    ),
    "ruling": Part(
        prompt=rf"Decide request (?P<task>{REQUEST}: \w+, fare \w+, [^.]* cents)\.",
        truth=ruling,
        wrong=misruled,
        error_rate=0.06,
        median_s=0.45,
    ),
    "notices": Part(
        prompt=rf"List the notices for request (?P<task>{REQUEST}: [\w ]*, fare \w+)\.",
        truth=told,
        wrong=mistold,
        error_rate=0.04,
        median_s=0.30,
        said="names",
    ),
    "message": Part(
        prompt=rf"Write to customer of (?P<task>{REQUEST}: \w+, [\d.]+ USD, notices [\w+]+)\.",
        truth=message,
        wrong=misworded,
        error_rate=0.04,
        median_s=0.55,
        said="text",
    ),
}


def agrees(kind: str, candidate: str) -> bool:
    """Whether an update, as a judge is shown it, is right for what it was made from."""
    made = json.loads(candidate)[kind]
    part = PARTS[kind]
    truth = part.truth(made["basis"])
    if part.said:
        plain = truth["notices"] if isinstance(truth, dict) and "notices" in truth else truth
        return bool(made[part.said] == plain)
    return {key: value for key, value in made.items() if key != "basis"} == truth


def scenario() -> Scenario:
    """The world of all requests."""
    workers = [worker(kind, part) for kind, part in PARTS.items()]
    judging = [
        judge(kind, model, accept_bad=accept_bad, median_s=median_s)
        for kind in PARTS
        for model, accept_bad, median_s in ((SMALL, 0.12, 0.30), (LARGE, 0.05, 0.50))
    ]
    return Scenario(models=(SMALL, LARGE), roles=(*judging, *workers))


def worker(kind: str, part: Part) -> Role:
    """The role that does the work of one step."""
    return Role(
        name=kind,
        pattern=re.compile(part.prompt),
        error_rate=part.error_rate,
        correlation=0.25,
        truth=part.truth,
        wrong=part.wrong,
        latency=lognormal(part.median_s),
        faults=FAULTS,
        confidence=SURE,
    )


def judge(kind: str, model: str, *, accept_bad: float, median_s: float) -> JudgeRole:
    """The role of one model as the judge of one step; the rubric tells which is meant."""

    def right(_: JsonValue, candidate: str) -> bool:
        return agrees(kind, candidate)

    rubric = "list of notices" if kind == "notices" else kind
    return JudgeRole(
        name=f"{model} judges {kind}",
        pattern=re.compile(rf"(?s)A {rubric} passes if{JUDGED}"),
        models=(model,),
        of=kind,
        accept_ok=0.97,
        accept_bad=accept_bad,
        correlation=0.1,
        right=right,
        latency=lognormal(median_s),
        faults=FAULTS,
    )


def lognormal(median_s: float) -> Latency:
    """A log-normal latency."""
    return Latency(kind="lognormal", median_s=median_s, sigma=0.35)


def _with(truth: JsonValue, key: str, value: JsonValue) -> Json:
    assert isinstance(truth, dict)
    return {**truth, key: value}


def _list(value: JsonValue) -> list[JsonValue]:
    assert isinstance(value, list)
    return value


def _names(text: str) -> list[str]:
    return [] if text == "none" else text.split("+")


def _one(task: str, options: Sequence[JsonValue]) -> JsonValue:
    return random.Random(task).choice(options)
