"""A small refund run as events, for the tests of traces."""

from __future__ import annotations

from surestep.storage import Event, EventKind

START = 1_700_000_000.0
USAGE = {"input_tokens": 100, "output_tokens": 10}


def event(  # noqa: PLR0917 - a table of events reads best by position
    kind: EventKind,
    at_s: float,
    step: str = "",
    visit: int = 0,
    attempt: int = 0,
    /,
    latency_s: float | None = None,
    cost_usd: float | None = None,
    **data: object,
) -> Event:
    """An event so many seconds after the start."""
    return Event(
        thread_id="t",
        kind=kind,
        at=START + at_s,
        step=step,
        visit=visit,
        attempt=attempt,
        latency_s=latency_s,
        cost_usd=cost_usd,
        data=data,
    )


def call(at_s: float, attempt: int, latency_s: float, *, verifier: str = "") -> Event:
    """A model call of step `decide` by its worker, or by a verifier, for 0.25 USD."""
    return event(
        "model_call",
        at_s,
        "decide",
        1,
        attempt,
        latency_s=latency_s,
        cost_usd=0.25,
        role="checker" if verifier else "worker",
        verifier=verifier,
        model="small",
        provider="openai",
        input=[{"role": "user", "content": "my card is 4711"}],
        output="refund",
        usage=USAGE,
    )


def refund() -> tuple[Event, ...]:
    """Two overlapping checks, one of which fails; a second attempt; a person who thinks long."""
    return (
        event("run_started", 0.0),
        event("step_started", 1.0, "decide", 1),
        call(2.0, 1, 0.75),
        event("attempt", 2.0, "decide", 1, 1, latency_s=1.0, number=1),
        event("verdict", 2.5, "decide", 1, 1, latency_s=0.5, verifier="policy", status="pass"),
        call(3.0, 1, 0.75, verifier="judge"),
        event(
            "verdict", 3.0, "decide", 1, 1, latency_s=1.0,
            verifier="judge", status="fail", score=0.2, feedback="too\nhigh",
        ),
        event("retry", 3.0, "decide", 1, 1, why="judge: too high"),
        event("attempt", 4.0, "decide", 1, 2, latency_s=1.0, number=2),
        event("question", 4.0, "decide", 1, 2, question_id="q", reason="amount"),
        event("answer", 604.0, "decide", 1, 2, question_id="q", kind="approve", actor="ann"),
        event("settled", 604.0, "decide", 1, 2, outcome="approved", reason="amount"),
        event("switch", 604.5, mode="off", by="ann", why="late"),
        event("run_ended", 605.0, outcome="succeeded", spent={"machine_s": 5.0, "human_s": 600.0}),
    )  # fmt: skip
