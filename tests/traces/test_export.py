"""Events for other programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from surestep.errors import InputError
from surestep.storage import Event
from surestep.traces import OtelListener, Tracer, export_spans, jsonl, otel, otel_names
from tests.traces.some_events import START, event, refund


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Where exported spans end up."""
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> TracerProvider:
    """A provider a user might have configured."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


def named(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    """The first exported span of that name."""
    return next(span for span in exporter.get_finished_spans() if span.name == name)


def played(events: Sequence[Event], provider: TracerProvider) -> None:
    """Give events to a listener, as a run would."""
    listener = OtelListener(provider)
    for one in events:
        listener(one)


def test_each_line_is_one_event_with_all_its_fields() -> None:
    """Reading the lines back gives the events."""
    events = refund()
    assert [Event(**json.loads(line)) for line in jsonl(events)] == list(events)


def test_no_events_are_no_lines() -> None:
    """The null case."""
    assert list(jsonl(())) == []


def test_steps_are_children_of_the_run_and_calls_of_their_step(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """One trace with one root."""
    export_spans(refund(), provider)
    run, step, call = (
        named(exporter, name) for name in ("invoke_agent surestep", "decide", "chat small")
    )
    assert run.parent is None
    assert step.parent is not None
    assert call.parent is not None
    assert step.parent.span_id == run.context.span_id
    assert call.parent.span_id == step.context.span_id


def test_every_span_names_the_thread_as_its_conversation(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """So that a resumed run can be found again."""
    export_spans(refund(), provider)
    spans = exporter.get_finished_spans()
    assert len(spans) == 9
    assert {dict(span.attributes or {})["gen_ai.conversation.id"] for span in spans} == {"t"}


def test_a_span_lasts_as_long_as_what_it_stands_for(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """Times are those of the events, not of the export."""
    export_spans(refund(), provider)
    judge = named(exporter, "check judge")
    assert judge.start_time == pytest.approx((START + 2.0) * 1e9, abs=1e3)
    assert judge.end_time == pytest.approx((START + 3.0) * 1e9, abs=1e3)


def test_a_model_call_carries_model_and_tokens(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """Under the names other tools look for."""
    export_spans(refund(), provider)
    attributes = dict(named(exporter, "chat small").attributes or {})
    assert attributes["gen_ai.operation.name"] == "chat"
    assert attributes["gen_ai.request.model"] == "small"
    assert attributes["gen_ai.usage.input_tokens"] == 100
    assert attributes[otel_names.COST_USD] == 0.25


def test_a_verdict_is_an_evaluation(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """With its name, label and score; a rejection is no error."""
    export_spans(refund(), provider)
    judge = named(exporter, "check judge")
    attributes = dict(judge.attributes or {})
    assert attributes["gen_ai.evaluation.name"] == "judge"
    assert attributes["gen_ai.evaluation.score.label"] == "fail"
    assert attributes["gen_ai.evaluation.score.value"] == 0.2
    assert judge.status.status_code is StatusCode.UNSET


def test_a_failed_step_is_an_error(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """As is the run that failed with it."""
    events = (
        event("settled", 1.0, "a", 1, outcome="failed"),
        event("run_ended", 1.0, outcome="failed"),
    )
    export_spans(events, provider)
    codes = [span.status.status_code for span in exporter.get_finished_spans()]
    assert codes == [StatusCode.ERROR, StatusCode.ERROR]


@pytest.mark.parametrize("content", [False, True])
def test_what_people_wrote_goes_along_only_if_asked_for(
    exporter: InMemorySpanExporter, provider: TracerProvider, *, content: bool
) -> None:
    """Names and figures tell enough for most dashboards."""
    export_spans(refund(), provider, content=content)
    everything = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert ("my card is 4711" in everything) is content
    assert ("high" in everything) is content


def test_no_events_are_no_spans(exporter: InMemorySpanExporter, provider: TracerProvider) -> None:
    """The null case."""
    export_spans((), provider)
    assert exporter.get_finished_spans() == ()


def test_without_opentelemetry_an_export_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setattr(otel, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install 'surestep\[otel\]'"):
        export_spans(refund())


def test_a_step_is_exported_when_it_settles(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """The run's own span waits for the end of the run."""
    played(refund()[:-1], provider)
    assert len(exporter.get_finished_spans()) == 8
    assert not [span for span in exporter.get_finished_spans() if span.parent is None]


def test_a_listener_exports_what_an_export_does(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """The same spans, whether live or afterwards."""
    played(refund(), provider)
    live = sorted(span.name for span in exporter.get_finished_spans())
    exporter.clear()
    export_spans(refund(), provider)
    assert live == sorted(span.name for span in exporter.get_finished_spans())


def test_a_listener_exports_what_never_settled_when_the_run_ends(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """An interrupted step is seen too."""
    played((event("step_started", 0.0, "a", 1), event("run_ended", 1.0)), provider)
    assert named(exporter, "a").end_time is not None


def test_a_resumed_run_is_a_trace_of_its_own(
    exporter: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """Two roots, one conversation."""
    played((*refund(), event("resume", 700.0), event("run_ended", 701.0)), provider)
    roots = [span for span in exporter.get_finished_spans() if span.parent is None]
    assert len({span.context.trace_id for span in roots}) == 2


def test_a_listener_without_opentelemetry_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be attached always."""
    monkeypatch.setattr(otel, "find_spec", lambda _: None)
    listener = OtelListener()
    for one in refund():
        listener(one)
    assert listener._runs == {}


def test_a_listener_without_a_provider_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Spans go nowhere, and the tracer has nothing to complain about."""
    tracer = Tracer(thread_id="t")
    tracer.listen(OtelListener())
    tracer.emit("settled", step="a", visit=1, outcome="verified")
    tracer.emit("run_ended", outcome="succeeded")
    assert caplog.text == ""
