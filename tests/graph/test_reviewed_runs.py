"""What is kept for review is what a run has settled on: each output once, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START
from langgraph.types import Command, Send

from surestep import Ask, Effect, Output, Plan, VerifiedGraph, attempt, session
from surestep.cli.records import recorded
from surestep.errors import GraphError, RunFailed
from surestep.review import Reviewed
from surestep.storage import Store
from surestep.testing import run
from surestep.values import Decision, Question
from tests.graph.graphs import Log, thread
from tests.graph.test_speculation import (
    BLOCKS,
    CHANCES,
    QUICKLY,
    SPECULATIVE,
    Chance,
    Drawn,
)

ALL = Reviewed(share=1.0)


class Kept(Drawn):
    """A graph of blocks whose every output is to be reviewed."""

    def add_step(self, name: str, worker: Any, **options: Any) -> Kept:
        """A step like any other, but reviewed."""
        super().add_step(name, worker, review=ALL, **options)
        return self

    def spread(self) -> None:
        """As many visits of one step at once as the step before it took attempts."""
        before, item = self.step(self.last), self.step()

        def sends(state: Log) -> list[Send]:
            attempts = int(state["log"][-1].rpartition(".")[2])
            given = {"log": state["log"], "n": state["n"]}
            return [Send(item, {**given, "item": f"y{place}"}) for place in range(5 - attempts)]

        self.add_conditional_edges(before, sends, [item])
        self.last = self.step(item)

    def nested(self) -> None:
        """A graph of its own with a step, a fan-out and a join in it."""
        self.count += 1
        inner = Kept(self.chance)
        inner.count = 100 * self.count
        inner.chain()
        inner.fan()
        inner.add_edge(inner.last, END)
        name = f"g{self.count}"
        self.add_node(name, _only_new(inner.compile()))
        self.add_edge(self.last, name)
        self.last = name


def _only_new(app: Any) -> Any:
    """A node that runs a graph, and writes what that has added to the log."""

    async def node(state: Log) -> dict[str, object]:
        found = await app.ainvoke(state)
        return {"log": found["log"][len(state["log"]) :], "n": found["n"]}

    return node


SHAPE = st.lists(st.sampled_from([*BLOCKS, Kept.spread, Kept.nested]), min_size=1, max_size=3)


async def kept_and_settled(
    chance: Chance, blocks: list[Callable[[Any], None]], plan: Plan, crashes: list[float]
) -> tuple[list[str], list[str]]:
    """What reviewers are asked of, and what the run has settled on, cut off now and then."""
    saver, given = InMemorySaver(), {"log": [], "n": 0}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        for seconds in [*crashes, None]:
            graph = Kept(chance)
            for block in blocks:
                block(graph)
            graph.add_edge(graph.last, END)
            app = graph.compile(checkpointer=saver, plan=plan, database=path)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    state = await app.ainvoke(given, {**thread(), "recursion_limit": 500})
                    break
            given = None if (await app.aget_state(thread())).created_at else given
        return sorted(await reviewed(path)), sorted(state["log"])


async def reviewed(path: Path) -> list[str]:
    """What reviewers are asked of, as the workers have logged it."""
    store = Store.open(path)
    questions = await store.questions(queue="review")
    actions = await store.reviews.taken()
    store.close()
    assert len(actions) == len(questions)
    return [word for one in questions for word in one.proposal["log"]]


@settings(max_examples=25, deadline=None, phases=QUICKLY)
@given(CHANCES, SHAPE, st.lists(st.floats(0.05, 6.0), max_size=3))
def test_speculation_and_crashes_neither_lose_nor_double_an_output(
    chance: Chance, blocks: list[Callable[[Any], None]], crashes: list[float]
) -> None:
    """For random graphs, fan-outs that shrink and nested graphs among them."""
    kept, settled = run(kept_and_settled(chance, blocks, SPECULATIVE, crashes))

    assert kept == settled


@settings(max_examples=15, deadline=None, phases=QUICKLY)
@given(CHANCES, SHAPE, st.lists(st.floats(0.05, 6.0), max_size=3))
def test_crashes_of_serial_runs_neither_lose_nor_double_an_output(
    chance: Chance, blocks: list[Callable[[Any], None]], crashes: list[float]
) -> None:
    """The same where every verdict is waited for."""
    kept, settled = run(kept_and_settled(chance, blocks, Plan.everything(), crashes))

    assert kept == settled


def refunds(folder: Path, worker: Any = None, **options: Any) -> Any:
    """An app of one reviewed step, which logs a word."""

    async def work(state: Log) -> Output:
        return Output({"log": [f"done{attempt().number}"]}, confidence=0.9)

    graph = VerifiedGraph(Log)
    graph.add_step("refund", worker or work, **{"review": ALL, **options})
    graph.add_edge(START, "refund").add_edge("refund", END)
    return graph.compile(checkpointer=InMemorySaver(), database=folder / "s.db")


async def stored(folder: Path) -> Store:
    """The database of that app."""
    return Store.open(folder / "s.db")


def test_a_review_waits_in_its_queue_and_holds_nothing_up(tmp_path: Path) -> None:
    """It shows the output, how sure the worker was, and what approving does."""

    async def scene() -> tuple[dict[str, Any], tuple[Question, ...]]:
        app = refunds(
            tmp_path, review=Reviewed(share=1.0, queue="quality", calibrate=lambda _: 0.7)
        )
        state = await app.ainvoke({"log": []}, thread())
        return state, await (await stored(tmp_path)).questions(queue="quality")

    state, (question,) = run(scene())
    assert state["log"] == ["done1"]
    assert (question.kind, question.allowed) == ("review", ("approve", "reject"))
    assert (question.confidence, question.calibrated) == (0.9, 0.7)
    assert question.proposal == {"log": ["done1"]}
    assert question.approving == "says that refund was right; nothing is done again or taken back"


def test_what_a_reviewer_says_is_kept_with_their_name(tmp_path: Path) -> None:
    """As an outcome of the output, with the probability it was drawn with."""

    async def scene() -> Any:
        await refunds(tmp_path).ainvoke({"log": []}, thread())
        store = await stored(tmp_path)
        (question,) = await store.questions(queue="review")
        said = Decision("reject", message="too much", actor="ann")
        await store.answer(question.question_id, said)
        return await store.reviews.taken("refund")

    (taken,) = run(scene())
    assert (taken.right, taken.by, taken.chance, taken.raw) == (False, "ann", 1.0, 0.9)


def test_what_a_reviewer_says_is_the_truth_of_a_record(tmp_path: Path) -> None:
    """From which profiles are fitted, with the chance it was drawn with."""

    async def scene() -> Any:
        await refunds(tmp_path, review=Reviewed(share=0.999)).ainvoke({"log": []}, thread())
        store = await stored(tmp_path)
        (question,) = await store.questions(queue="review")
        await store.answer(question.question_id, Decision("reject", actor="ann"))
        (record,) = await recorded(str(tmp_path / "s.db"))
        return record["steps"]

    (step,) = run(scene())
    assert (step["ok"], step["chance"], step["human"]) == (0, 0.999, None)


def test_new_input_leaves_reviews_open(tmp_path: Path) -> None:
    """They are about what has happened, and not about what waits."""

    async def scene() -> list[str]:
        app = refunds(tmp_path)
        for _ in range(2):
            await app.ainvoke({"log": []}, thread())
        found = await (await stored(tmp_path)).questions(queue="review")
        return [question.question_id for question in found]

    assert run(scene()) == ["t/1/refund/1/review", "t/2/refund/2/review"]


def test_an_output_that_was_not_drawn_is_kept_all_the_same(tmp_path: Path) -> None:
    """No estimate is possible without it."""

    async def scene() -> Any:
        app = refunds(tmp_path, review=Reviewed(share=1e-9))
        await app.ainvoke({"log": []}, thread())
        return await (await stored(tmp_path)).reviews.taken("refund")

    (taken,) = run(scene())
    assert (taken.drawn, taken.right, taken.chance) == (False, None, 1e-9)


@pytest.mark.parametrize("mode", ["serial", "speculative"])
def test_what_a_person_approved_is_not_reviewed_again(tmp_path: Path, mode: Any) -> None:
    """Their decision is the outcome, and its chance is 1."""

    async def scene() -> tuple[Any, ...]:
        async def check(state: object, update: object) -> bool:
            return True

        app = refunds(tmp_path, human=Ask("look"), verifiers=[check])
        plan = session(plan=Plan().with_step("refund", mode=mode))
        await app.ainvoke({"log": []}, thread(), context=plan)
        answer = {"decisions": [{"type": "approve", "actor": "ann"}]}
        await app.ainvoke(Command(resume=answer), thread())
        return await (await stored(tmp_path)).reviews.taken("refund")

    (taken,) = run(scene())
    assert (taken.asked, taken.right, taken.by, taken.chance) == (True, True, "ann", 1.0)


def test_a_first_answer_counts_and_not_what_came_of_it(tmp_path: Path) -> None:
    """A proposal that was sent back was wrong, though the next one was approved."""

    async def scene() -> tuple[Any, ...]:
        app = refunds(tmp_path, human="always")
        await app.ainvoke({"log": []}, thread())
        for kind in ("reject", "approve"):
            answer = {"decisions": [{"type": kind, "message": "again"}]}
            await app.ainvoke(Command(resume=answer), thread())
        return await (await stored(tmp_path)).reviews.taken("refund")

    (taken,) = run(scene())
    assert (taken.asked, taken.right) == (True, False)


def test_a_failed_run_is_reviewed_as_far_as_it_came(tmp_path: Path) -> None:
    """What went on before a later step failed has happened."""

    async def breaks(state: Log) -> None:
        raise ValueError("broken")

    async def scene() -> list[str]:
        graph = VerifiedGraph(Log)
        for name, worker in (("a", says("a")), ("b", breaks)):
            graph.add_step(name, worker, review=ALL, retries=0)
        graph.add_edge(START, "a").add_edge("a", "b").add_edge("b", END)
        app = graph.compile(checkpointer=InMemorySaver(), database=tmp_path / "s.db")
        with pytest.raises(RunFailed):
            await app.ainvoke({"log": []}, thread())
        return await reviewed(tmp_path / "s.db")

    assert run(scene()) == ["a"]


def says(word: str) -> Any:
    """A worker that logs a word."""

    async def worker(state: Log) -> dict[str, object]:
        return {"log": [word]}

    return worker


def test_an_irreversible_effect_is_reviewed_after_it_has_happened(tmp_path: Path) -> None:
    """Once, under its key."""

    async def scene() -> list[str]:
        app = refunds(tmp_path, worker=says("paid"), effect=Effect.IRREVERSIBLE)
        await app.ainvoke({"log": []}, thread())
        return await reviewed(tmp_path / "s.db")

    assert run(scene()) == ["paid"]


def test_a_run_without_a_thread_is_reviewed_too(tmp_path: Path) -> None:
    """Each run by itself, though none has a key to be resumed by."""

    async def scene() -> list[str]:
        graph = VerifiedGraph(Log)
        graph.add_step("a", says("a"), review=ALL)
        graph.add_edge(START, "a")
        app = graph.compile(database=tmp_path / "s.db")
        for _ in range(2):
            await app.ainvoke({"log": []})
        return await reviewed(tmp_path / "s.db")

    assert run(scene()) == ["a", "a"]


def test_a_reviewed_step_without_a_database_is_refused() -> None:
    """Before anything runs."""
    graph = VerifiedGraph(Log)
    graph.add_step("a", says("a"), review=ALL)
    graph.add_edge(START, "a")
    with pytest.raises(GraphError, match=r"reviewed by people.*database"):
        run(graph.compile().ainvoke({"log": []}))


def test_a_review_that_is_none_is_refused() -> None:
    """As the step is declared."""
    with pytest.raises(GraphError, match=r"review is 0\.05.*Give a Reviewed"):
        VerifiedGraph(Log).add_step("a", says("a"), review=0.05)


def test_new_input_after_a_crash_drops_what_had_not_settled(tmp_path: Path) -> None:
    """And keeps for review what had: the thread's checkpoint has it."""

    async def scene() -> list[str]:
        graph = VerifiedGraph(Log)
        slow = asyncio.Event()

        async def cut_off(state: Log) -> dict[str, object]:
            await slow.wait()
            return {"log": ["b"]}

        graph.add_step("a", says("a"), review=ALL)
        graph.add_step("b", cut_off, review=ALL)
        graph.add_edge(START, "a").add_edge("a", "b")
        app = graph.compile(checkpointer=InMemorySaver(), database=tmp_path / "s.db")
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await app.ainvoke({"log": []}, thread())
        slow.set()
        await app.ainvoke({"log": []}, thread())
        return await reviewed(tmp_path / "s.db")

    assert run(scene()) == ["a", "a", "b"]


def test_a_review_does_not_wait_for_the_end_of_a_long_run(tmp_path: Path) -> None:
    """It is there as soon as a later step has landed."""

    async def scene() -> tuple[list[str], list[str]]:
        found: list[list[str]] = []

        async def looks(state: Log) -> dict[str, object]:
            found.append(await reviewed(tmp_path / "s.db"))
            return {"log": ["looked"]}

        graph = VerifiedGraph(Log)
        graph.add_step("a", says("a"), review=ALL)
        graph.add_step("b", says("b"))
        graph.add_step("c", looks)
        graph.add_edge(START, "a").add_edge("a", "b").add_edge("b", "c")
        app = graph.compile(checkpointer=InMemorySaver(), database=tmp_path / "s.db")
        await app.ainvoke({"log": []}, thread())
        return found[0], await reviewed(tmp_path / "s.db")

    assert run(scene()) == (["a"], ["a"])
