"""From a chat request to a reply, without any HTTP: match, draw, answer, count."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from surestep.errors import InputError
from surestep.rehearsal.answer import Answer, Answerer, Call
from surestep.rehearsal.chat import ChatRequest
from surestep.rehearsal.draw import Draws, fault, latency_s
from surestep.rehearsal.judge import JudgeAnswerer
from surestep.rehearsal.message import Message, message_of
from surestep.rehearsal.parts import FaultKind
from surestep.rehearsal.replay import ReplayAnswerer
from surestep.rehearsal.scenario import AnyRole, JudgeRole, ReplayRole, Role, Scenario
from surestep.rehearsal.tally import Lookup, Requests
from surestep.rehearsal.tokens import count_tokens
from surestep.rehearsal.worker import WorkerAnswerer

MOST_QUOTED = 2000
# After these the client has no answer.
SILENT_FAULTS: tuple[FaultKind, ...] = ("rate_limit", "server_error", "unavailable", "dropped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to send, and how.

    Attributes:
        reply_id: equal for equal requests of equal seeds.
        messages: one per choice.
        input_tokens: what usage counts for the prompt.
        fault: what goes wrong, if anything.
        latency_s: seconds until the answer is complete, a stall included.
        retry_after_s: seconds a 429 asks to wait.
    """

    reply_id: str
    messages: tuple[Message, ...]
    input_tokens: int
    fault: FaultKind | None
    latency_s: float
    retry_after_s: float

    @property
    def output_tokens(self) -> int:
        """What usage counts for all choices."""
        return sum(message.tokens for message in self.messages)


class Engine:
    """Answers the requests of one rehearsal.

    Not for use from several threads at once.

    Raises:
        InputError: a file the scenario names cannot be read or lacks a field.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.requests = Requests()
        self._world = Draws.seeded(scenario.seed)
        self._answerers = _answerers(scenario)
        self._seen: Counter[Draws] = Counter()

    def reply(self, request: ChatRequest) -> Reply:
        """The reply to a request, drawn and counted.

        Raises:
            InputError: no role matches, or the one that does cannot answer.
        """
        try:
            role, match = self._cast(request)
            calls = self._calls(role, match, request)
            answers = [self._answerers[role.name].answer(call) for call in calls]
            reply = self._reply(role, request, calls, answers)
        except InputError:
            self.requests.refused += 1
            raise
        self._count(role, calls, answers, reply)
        return reply

    def _cast(self, request: ChatRequest) -> tuple[AnyRole, re.Match[str]]:
        for role in self.scenario.roles:
            match = role.match(request.text, request.model)
            if match is not None:
                return role, match
        raise InputError(
            f"No role of the scenario matches this prompt for model {request.model!r}: "
            f"{request.text[:MOST_QUOTED]!r}",
            remedy="Add a role, or correct a pattern.",
        )

    def _calls(self, role: AnyRole, match: re.Match[str], request: ChatRequest) -> list[Call]:
        groups = {key: text for key, text in match.groupdict().items() if text is not None}
        task = groups.get("task", match[0])
        same = self._world.at(role.name, task, request.model, request.identity)
        first = self._seen[same]
        self._seen[same] += request.choices
        return [
            Call(
                task=task,
                groups=groups,
                model=request.model,
                repeat=repeat,
                world=self._world,
                draws=same.at(repeat),
            )
            for repeat in range(first, first + request.choices)
        ]

    def _reply(
        self, role: AnyRole, request: ChatRequest, calls: list[Call], answers: list[Answer]
    ) -> Reply:
        draws = calls[0].draws
        met = fault(draws, role.faults)
        messages = tuple(
            message_of(answer, role, request, met, call.draws)
            for call, answer in zip(calls, answers, strict=True)
        )
        stall_s = role.faults.stall_s if met == "stall" else 0.0
        scale = self.scenario.time_scale
        fixed = role.tokens.input
        return Reply(
            reply_id=f"chatcmpl-{draws.whole('id'):016x}",
            messages=messages,
            input_tokens=count_tokens(request.text) if fixed is None else fixed,
            fault=met,
            latency_s=(latency_s(draws, role.latency) + stall_s) * scale,
            retry_after_s=role.faults.retry_after_s * scale,
        )

    def _count(self, role: AnyRole, calls: list[Call], answers: list[Answer], reply: Reply) -> None:
        self.requests.by_role[role.name] += 1
        if reply.fault is not None:
            self.requests.faults[reply.fault] += 1
        if reply.fault in SILENT_FAULTS:
            return
        self.requests.lookups.extend(
            Lookup(
                role=role.name,
                task=call.task,
                model=call.model,
                repeat=call.repeat,
                right=answer.right,
                candidate_right=answer.candidate_right,
                reply_id=reply.reply_id,
                fault=reply.fault,
            )
            for call, answer in zip(calls, answers, strict=True)
        )


def _answerers(scenario: Scenario) -> dict[str, Answerer]:
    workers = {
        role.name: WorkerAnswerer(role, scenario.folder)
        for role in scenario.roles
        if isinstance(role, Role)
    }
    others: dict[str, Answerer] = {}
    for role in scenario.roles:
        if isinstance(role, JudgeRole):
            others[role.name] = JudgeAnswerer(role, workers[role.of])
        elif isinstance(role, ReplayRole):
            others[role.name] = ReplayAnswerer(role, scenario.folder)
    return {**workers, **others}
