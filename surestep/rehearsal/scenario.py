r"""A scenario: which prompts belong to which role, and what each role knows and gets wrong.

A scenario is a TOML or JSON file, or built in Python from the same classes:

    seed = 7                  # every draw follows from it
    time_scale = 0.02         # factor on every latency, stall and Retry-After; 0: no waiting
    models = ["small"]        # what /v1/models lists; requests may name any model

    [[roles]]                 # tried in this order; the first that matches answers
    name = "classify"
    kind = "worker"           # the default
    pattern = 'Classify ticket (?P<task>T\d+)'
    error_rate = 0.05         # over all tasks
    correlation = 0.2         # between repeats of one task; see surestep.rehearsal.draw
    truth_file = "truth.jsonl"  # or a table [roles.truth]: task = answer
    task_field = "ticket"     # where a line of the file holds the task (default "task") ...
    truth_field = "category"  # ... and the right answer (default "truth"); dots go inside
    wrong = ["billing", "spam"]  # wrong answers; objects are laid over an object truth
    models = []               # only requests for these models; empty: for any

    [[roles]]
    name = "check-classify"
    kind = "judge"
    pattern = '(?s)"ticket": *"(?P<task>T\d+)".*<output-\w+>(?P<candidate>.*)</output-'
    of = "classify"           # the role whose truth decides whether the candidate is right
    accept_ok = 0.95          # probability that a right candidate is accepted
    accept_bad = 0.10         # probability that a wrong candidate is accepted
    correlation = 0.1
    field = "category"        # the key of the candidate that is judged; "": all of it
    accept = { verdict = "pass", feedback = "" }  # as surestep's own Judge wants it,
    reject = { verdict = "fail", feedback = "No." }  # and the default

    [[roles]]
    name = "solutions"
    kind = "replay"
    pattern = 'Question: (?P<task>.+)'
    file = "solutions.jsonl.gz"  # recorded conversations, one JSON object per line
    key_field = "question"    # what the task is compared with, spaces evened out
    answer_field = "{model}.solution"  # the answer, or a list of one per repeat

`pattern` is a regular expression searched over the texts of all messages, joined by line
ends. Its group `task` names the task; without one, the whole match does. A worker's answer is
any JSON value: an object goes out as JSON text, or as a tool call if the request has tools. In
Python, `truth` and `wrong` may also be functions. How latency, tokens, faults and confidence
are written stands in `surestep.rehearsal.parts`. Relative paths start at the scenario's file.

A replayed line may instead hold one model's answer and name the model in `model_field`
(default "model"); a line that names none answers for every model.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, JsonValue, Tag, field_validator, model_validator

from surestep.errors import InputError
from surestep.rehearsal.parts import Confidence, Faults, Latency, Part, Rate, Seconds, Tokens

Truth = dict[str, JsonValue] | Callable[[str], JsonValue]
Wrong = list[JsonValue] | Callable[[str, JsonValue], JsonValue]
# What `surestep.verifiers.Judge` reads as a verdict.
ACCEPT: dict[str, JsonValue] = {"verdict": "pass", "score": None, "feedback": ""}
REJECT: dict[str, JsonValue] = {"verdict": "fail", "score": None, "feedback": "It is wrong."}


class BaseRole(Part):
    """What roles of every kind have.

    Attributes:
        name: unique in its scenario.
        pattern: regular expression searched over the texts of all messages.
        models: the model names it answers for; empty for any.
        latency: how long it takes; at once by default.
        tokens: what usage says; from the texts' lengths by default.
        faults: what goes wrong around the answer; nothing by default.
        confidence: how the answer says how sure it is; by default only log-probabilities do.
    """

    name: str = Field(min_length=1)
    pattern: re.Pattern[str]
    models: tuple[str, ...] = ()
    latency: Latency = Latency()
    tokens: Tokens = Tokens()
    faults: Faults = Faults()
    confidence: Confidence | None = None

    def match(self, text: str, model: str) -> re.Match[str] | None:
        """Where the pattern matches a request for this model, if this role answers it."""
        return self.pattern.search(text) if not self.models or model in self.models else None


class Role(BaseRole):
    """A worker: knows the truth of each task, and errs at a rate.

    Attributes:
        error_rate: probability of a wrong answer, over all tasks.
        correlation: pairwise correlation between repeats of one task; 0 by default.
        truth: the right answer by task, or a function of the task.
        truth_file: a JSONL file (`.gz` too) with one task per line, instead of `truth`.
        task_field: where a line holds its task.
        truth_field: where a line holds its right answer.
        wrong: wrong answers to choose from, or a function of task and truth. Left out: the
            truth of another task, or for objects and numbers the truth with a mistake in it.
    """

    kind: Literal["worker"] = "worker"
    error_rate: Rate = 0.0
    correlation: Rate = 0.0
    truth: Truth | None = None
    truth_file: Path | None = None
    task_field: str = "task"
    truth_field: str = "truth"
    wrong: Wrong = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_one_truth(self) -> Self:
        if (self.truth is None) == (self.truth_file is None):
            raise InputError(
                f"Role {self.name!r} has {'no' if self.truth is None else 'two'} truth.",
                remedy="Give either truth or truth_file.",
            )
        return self


class JudgeRole(BaseRole):
    """A judge: accepts or rejects the candidate its prompt quotes, at rates given the truth.

    Attributes:
        of: the worker role whose truth decides whether the candidate is right.
        accept_ok: probability that a right candidate is accepted.
        accept_bad: probability that a wrong candidate is accepted.
        correlation: pairwise correlation between repeats on one task.
        field: the key of an object candidate that is compared; `""` compares all of it.
        right: compares instead: takes the truth and the candidate's text.
        accept: the answer that accepts; by default what `surestep.verifiers.Judge` reads.
        reject: the answer that rejects; by default what `surestep.verifiers.Judge` reads.
    """

    kind: Literal["judge"] = "judge"
    of: str
    accept_ok: Rate = 1.0
    accept_bad: Rate = 0.0
    correlation: Rate = 0.0
    field: str = ""
    right: Callable[[JsonValue, str], bool] | None = None
    accept: JsonValue = Field(default_factory=lambda: dict(ACCEPT))
    reject: JsonValue = Field(default_factory=lambda: dict(REJECT))

    @field_validator("pattern")
    @classmethod
    def _captures_the_candidate(cls, pattern: re.Pattern[str]) -> re.Pattern[str]:
        if "candidate" not in pattern.groupindex:
            raise InputError(
                f"{pattern.pattern!r} captures no candidate.",
                remedy="A judge's pattern needs a group (?P<candidate>...).",
            )
        return pattern


class ReplayRole(BaseRole):
    """A recording: answers with what was recorded for the prompt and the model.

    Attributes:
        file: JSONL of recorded answers (`.gz` too).
        key_field: where a line holds what the task is compared with.
        answer_field: where a line holds the answer; `{model}` stands for the request's model.
        model_field: where a line names its model, unless `answer_field` has `{model}`.
    """

    kind: Literal["replay"] = "replay"
    file: Path
    key_field: str = "prompt"
    answer_field: str = "answer"
    model_field: str = "model"


def _kind(role: object) -> str:
    """The kind of a role that may still be a plain table."""
    kind = role.get("kind", "worker") if isinstance(role, dict) else getattr(role, "kind", None)
    if kind not in ("worker", "judge", "replay"):
        name = role.get("name") if isinstance(role, dict) else role
        raise InputError(
            f"Role {name!r} is of kind {kind!r}.", remedy="Use 'worker', 'judge' or 'replay'."
        )
    return str(kind)


AnyRole = Annotated[
    Annotated[Role, Tag("worker")]
    | Annotated[JudgeRole, Tag("judge")]
    | Annotated[ReplayRole, Tag("replay")],
    Discriminator(_kind),
]


class Scenario(Part):
    """A world to rehearse in.

    Attributes:
        seed: every draw follows from it.
        time_scale: factor on latencies, stalls and `Retry-After`; 0 never waits.
        models: what `/v1/models` lists; a request may name any model.
        roles: tried in order, the first that matches a prompt answers it.
        folder: where relative paths start.
    """

    seed: int = 0
    time_scale: Seconds = 1.0
    models: tuple[str, ...] = ("rehearsal",)
    roles: tuple[AnyRole, ...] = Field(min_length=1)
    folder: Path = Path()

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [role.name for role in self.roles]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"Two roles are named {twice[0]!r}.", remedy="Rename one.")
        workers = [role.name for role in self.roles if isinstance(role, Role)]
        for role in self.roles:
            if isinstance(role, JudgeRole) and role.of not in workers:
                raise InputError(
                    f"Role {role.name!r} judges {role.of!r}, which is no worker role here.",
                    remedy=f"The worker roles are: {', '.join(workers) or 'none'}.",
                )
        return self

    def rehearsed(self, *, seed: int | None = None, time_scale: float | None = None) -> Scenario:
        """The same world with another seed or another pace; `None` keeps what it has."""
        changes = {"seed": seed, "time_scale": time_scale}
        given = {key: value for key, value in changes.items() if value is not None}
        kept = {key: getattr(self, key) for key in type(self).model_fields}
        return Scenario.read({**kept, **given})
