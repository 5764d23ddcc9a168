"""The whole refund desk, rehearsed over HTTP, and its command."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from examples.refunds import graph as desk
from examples.refunds.__main__ import main
from examples.refunds.demo import plans
from examples.refunds.figures import is_right
from examples.refunds.graph import build
from examples.refunds.models import Endpoint, real_endpoint
from examples.refunds.orders import OrderBook
from examples.refunds.reviewer import Reviewer
from examples.refunds.scenario import scenario
from examples.refunds.tickets import Ticket, tickets
from examples.refunds.tiers import HAND_OFF
from examples.refunds.working import Ending, Shift
from surestep import Plan, session
from surestep.budgets.shares import wilson
from surestep.errors import InputError
from surestep.graph.stores import close_stores
from surestep.rehearsal import Role, Scenario, rehearse
from surestep.storage import Store
from surestep.storage.checkpoints import checkpointer

T = TypeVar("T")


def faultless(world: Scenario, **rates: float) -> Scenario:
    """A world without faults whose workers err only as said, by role."""
    roles = [
        type(role)(
            **{
                **{key: getattr(role, key) for key in type(role).model_fields},
                **({"error_rate": rates.get(role.name, 0.0)} if isinstance(role, Role) else {}),
                **({} if isinstance(role, Role) else {"accept_ok": 1.0, "accept_bad": 0.0}),
                "correlation": 0.0,
                "faults": {},
            }
        )
        for role in world.roles
    ]
    return Scenario(seed=world.seed, time_scale=0.0, roles=tuple(roles))


class Office:
    """A desk in a folder of its own, which can be left and come back to."""

    def __init__(self, folder: Path, drawn: list[Ticket], **rates: float) -> None:
        self.drawn = drawn
        self.database = folder / "surestep.db"
        self.book = OrderBook(folder / "orders.db")
        self.book.fill(one.order for one in drawn if one.order)
        self.world = faultless(scenario(drawn, seed=3), **rates)

    def open(self, plan: Plan, work: Callable[[Shift], Coroutine[Any, Any, T]]) -> T:
        """What `work` returns, done over HTTP against the world."""

        async def opened() -> T:
            async with rehearse(self.world) as server, checkpointer(self.database) as saver:
                graph = build(Endpoint(base_url=server.base_url).chat(), self.book)
                store = Store.open(self.database)
                shift = Shift(
                    app=graph.compile(saver, database=self.database),
                    store=store,
                    plan=plan,
                    reviewer=Reviewer({t.ticket_id: t.ruling for t in self.drawn}, 3, accuracy=1),
                    limit_usd=0.05,
                    name="t",
                )
                try:
                    return await work(shift)
                finally:
                    await store.aclose()
                    close_stores()

        return asyncio.run(opened())

    def work(self, plan: Plan) -> list[Ending]:
        """How each ticket ended."""
        return self.open(plan, lambda shift: shift.work(self.drawn, at_once=4, done=lambda: None))


def test_workers_that_never_err_settle_every_ticket_rightly_and_once(tmp_path: Path) -> None:
    """Each prompt meets its role, each rule and judge passes, each effect happens once."""
    office = Office(tmp_path, tickets(12))
    endings = office.work(plans()["every"])

    paid = office.book.paid()
    assert all(is_right(one, paid) and one.reply_right for one in endings)
    assert {len(answers) for answers in paid.values()} == {1}


def test_a_wrong_decision_is_mended_by_its_checks(tmp_path: Path) -> None:
    """Judges without a blind spot let no wrong decision through; without them many get there."""
    office = Office(tmp_path / "checked", tickets(8), decide=0.6)
    loose = Office(tmp_path / "loose", tickets(8), decide=0.6)
    checked, unchecked = office.work(plans()["plan"]), loose.work(plans()["none"])

    finished = [one for one in checked if one.finished]
    assert finished
    assert all(one.decided == one.ticket.ruling for one in finished)
    assert any(one.decided != one.ticket.ruling for one in unchecked)


def test_a_hand_off_stays_open_and_its_answer_ends_the_run(tmp_path: Path) -> None:
    """The run ends escalated; whoever answers later, in a new process, has it go on."""
    office = Office(tmp_path, tickets(1), decide=0.9)
    (ending,) = office.work(plans()["every"])
    assert (ending.record.outcome, office.book.paid()) == ("escalated", {})

    async def answered(shift: Shift) -> str | None:
        (question,) = await shift.store.questions(queue=HAND_OFF)
        reply = shift.reviewer.answer("T0001", question)
        handle = session()
        config: Any = {"configurable": {"thread_id": "t-T0001"}}
        await shift.app.ainvoke(
            Command(resume={question.question_id: reply}), config, context=handle
        )
        return handle.record.outcome

    assert office.open(plans()["every"], answered) == "succeeded"
    assert office.book.paid() == {"T0001": [office.drawn[0].ruling.cents]}


def test_the_sampled_tier_is_recorded_with_its_probability(tmp_path: Path) -> None:
    """It goes on without a person, and the decision says how likely one looks later."""
    office = Office(tmp_path, [tickets(3)[2]], decide=0.1)

    async def tier(shift: Shift) -> Any:
        ending = await shift.one(office.drawn[0])
        config: Any = {"configurable": {"thread_id": f"t-{office.drawn[0].ticket_id}"}}
        return ending, (await shift.app.aget_state(config)).values["tier"]

    ending, recorded = office.open(plans()["every"], tier)
    assert (ending.finished, ending.questions) == (True, 0)
    assert (recorded["name"], recorded["probability"]) == ("sampled", 0.10)


def test_money_is_not_moved_twice_when_the_run_is_run_again(tmp_path: Path) -> None:
    """A second run of a ticket on a refunded order pays nothing more."""
    drawn = next([one] for one in tickets(50) if one.ruling.cents and one.twist == "plain")
    office = Office(tmp_path, drawn)
    office.work(plans()["none"])

    async def again(shift: Shift) -> Ending:
        return await replace(shift, name="again").one(drawn[0])

    assert office.open(plans()["none"], again).record.outcome == "failed"
    assert office.book.paid() == {drawn[0].ticket_id: [drawn[0].ruling.cents]}


# -- figures and the command -----------------------------------------------------------------


def test_an_interval_is_wilsons() -> None:
    """81 of 263 is the example of Newcombe, Statistics in Medicine 17, 1998; the ends hold too."""
    found = wilson(81, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 10).low == pytest.approx(0.0)
    assert wilson(10, 10).high == pytest.approx(1.0)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the command prints for machines, for a few tickets of all arms."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tmp_path_factory.mktemp("out").joinpath("stdout").open("w+") as out,
    ):
        patch.setattr("sys.stdout", out)
        assert main(["--tickets", "6", "--json", "--time-scale", "0.01"]) == 0
        out.seek(0)
        found: dict[str, Any] = json.load(out)
    return found


def test_the_command_prints_one_object_for_machines(printed: dict[str, Any]) -> None:
    """It says what was run, on what assumptions, and the figures of each arm."""
    assert {"tickets", "seed", "model", "simulated", "time_scale", "arms", "notes"} <= set(printed)
    assert list(printed["arms"]) == ["none", "every", "plan"]
    assert (printed["tickets"], printed["simulated"]) == (6, True)


def test_every_ticket_has_an_outcome_in_every_arm(printed: dict[str, Any]) -> None:
    """Right, wrong, open and failed add up, and so do the reasons."""
    for arm in printed["arms"].values():
        assert sum(arm[key]["count"] for key in ("right", "wrong", "open", "failed")) == 6
        assert sum(arm["outcomes"].values()) == 6
        assert arm["paid_twice"] == 0


def test_only_checked_arms_pay_checkers_and_ask_people(printed: dict[str, Any]) -> None:
    """Without checks nobody is asked and no judge is paid."""
    none, every = printed["arms"]["none"], printed["arms"]["every"]
    assert (none["checker_usd"], none["touched"]["count"]) == (0.0, 0)
    assert every["checker_usd"] > 0.0
    assert every["cost_usd"] == pytest.approx(every["worker_usd"] + every["checker_usd"])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--plan", "missing.toml"], "missing.toml"),
        (["--plan", "unknown.toml"], "'issues'"),
        (["--limit-usd", "-1"], "-1.0"),
        (["--model", "no-such-model"], "'no-such-model'"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(
    options: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, and the value is named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unknown.toml").write_text('[steps.issues]\nmode = "off"\n')
    assert main(options) == 2
    assert named in capsys.readouterr().err


def test_a_key_in_the_environment_chooses_the_real_api(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only address, key and model differ."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert real_endpoint("m") is None
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://here/v1")
    assert real_endpoint("m") == Endpoint(model="m", base_url="http://here/v1", api_key="secret")


def test_the_same_graph_runs_on_any_address_with_a_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An API of one's own is named by the environment; nothing is rehearsed then."""
    with rehearse(scenario(tickets(2), seed=1), time_scale=0.0) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "secret")
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        assert main(["--model", "gpt-4o-mini", "--tickets", "2", "--arms", "every", "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["simulated"], found["time_scale"]) == (False, 1.0)
    assert server.requests.by_role["decide"] >= 2


def test_one_ticket_at_a_time_needs_no_setting_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without a key the graph rehearses, its orders are in the book, and strangers are refused."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(desk, "_rehearsed", lambda _: Endpoint(base_url="http://nowhere/v1"))
    made = desk.graph.__wrapped__()

    assert list(made.steps) == ["classify", "extract", "look_up", "decide", "draft", "issue"]
    assert asyncio.run(OrderBook(desk.ORDERS).look_up("R-10007")) == tickets(7)[6].order
    app = made.compile(InMemorySaver(), database=tmp_path / "surestep.db")
    with pytest.raises(InputError, match="'T9999'"):
        app.invoke({"ticket": "T9999"}, {"configurable": {"thread_id": "t"}})
    close_stores()
