"""A process that is killed at one point of a run after another, and what the next one makes of it.

Run as a module, with a variant and a folder: it forks a child for each point, before it has a
thread or an event loop of its own, and prints what came of each as a line of JSON.
"""

import asyncio
import json
import os
import random
import signal
import sys
from pathlib import Path

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START
from langgraph.types import Send

from surestep import Assurance, Effect, Plan, VerifiedGraph, record, session
from surestep.errors import UnknownThread
from surestep.graph.stores import close_stores
from surestep.storage import Store
from surestep.storage.checkpoints import checkpointer
from tests.engine.helpers import PRICES, THREAD, State, answer, chat, decision

VARIANTS = {
    "confirm": {"confirm": True},
    "person": {},
    "approval": {"confirm": True, "human": "always"},
    "speculative": {"confirm": True, "mode": "speculative"},
}


class Fuse:
    """Kills this process at its n-th tick; counts them."""

    def __init__(self, at):
        self.at = at
        self.ticks = 0

    def tick(self):
        """One more point has been reached."""
        self.ticks += 1
        if self.ticks == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner, name):
        """Tick before and after each call of a method."""
        plain = getattr(owner, name)

        async def ticking(*given, **options):
            self.tick()
            result = await plain(*given, **options)
            self.tick()
            return result

        setattr(owner, name, ticking)


class World:
    """One run's folder: the effects, and the calls of workers."""

    def __init__(self, folder, fuse):
        self.folder = folder
        self.fuse = fuse
        self.database = str(folder / "surestep.db")
        self.model = chat()

    def note(self, file, line):
        """Append a line that survives this process."""
        with (self.folder / file).open("a") as out:
            out.write(f"{line}\n")

    def lines(self, file):
        """The lines of a file so far."""
        path = self.folder / file
        return path.read_text().split() if path.exists() else []

    def worker(self, name):
        """A worker that pays for a call of a model."""

        async def work(state):
            self.fuse.tick()
            self.note("calls", name)
            await self.model.ainvoke("question")
            self.fuse.tick()
            return {"log": [name]}

        return work

    async def pay(self, state, key):
        """The effect: a line in a file, which nothing takes back."""
        self.note("calls", "pay")
        self.fuse.tick()
        self.note("effects", key)
        self.fuse.tick()
        return {"log": [f"paid {state['n']}"]}

    async def confirm(self, key):
        """What became of it."""
        happened = key in self.lines("effects")
        return {"log": [f"paid {key[-1]}"]} if happened else None

    async def check(self, state, update):
        """A verifier that accepts."""
        self.fuse.tick()
        return True

    def left(self):
        """What else is to be seen of it once the run has ended."""
        return {}

    def truth(self, asked):
        """What a person who can see the effects answers."""
        if "edit" not in asked["review_configs"][0]["allowed_decisions"]:
            return decision("approve")
        key = asked["question_id"].rpartition("/")[0]
        if key in self.lines("effects"):
            return decision("edit", update={"log": [f"paid {key[-1]}"]})
        return decision("reject")

    def app(self, saver, options):
        """Two steps and a node, an effect for each of two bills, and a last step."""
        graph = VerifiedGraph(State)
        graph.add_step("draft", self.worker("draft"), verifiers=[self.check])
        graph.add_node("plain", self.worker("plain"))
        rest = {"confirm": self.confirm} if options.get("confirm") else {}
        graph.add_step(
            "pay",
            self.pay,
            effect=Effect.IRREVERSIBLE,
            human=options.get("human", "never"),
            verifiers=[self.check],
            **rest,
        )
        graph.add_step("reply", self.worker("reply"))
        graph.add_edge(START, "draft").add_edge("draft", "plain")
        graph.add_conditional_edges("plain", lambda s: [Send("pay", {"n": n}) for n in (0, 1)])
        graph.add_edge("pay", "reply").add_edge("reply", END)
        plan = Plan(default=Assurance(mode=options.get("mode", "serial")))
        return graph.compile(saver, database=self.database, plan=plan)


async def finish(app, world):
    """The final state of a thread, whatever it takes: start it, go on, answer the truth."""
    settled = set()
    try:
        known = await record(app, THREAD)
        settled = {name for name, step in known.steps.items() if step.outcome}
        result = await app.ainvoke(None, THREAD, context=session(prices=PRICES))
    except UnknownThread:
        result = await app.ainvoke({"log": []}, THREAD, context=session(prices=PRICES))
    while asked := result.get("__interrupt__"):
        given = {}
        for one in asked:
            given[one.value["question_id"]] = world.truth(one.value)
        result = await answer(app, given, context=session(prices=PRICES))
    return result, settled


async def one_pass(world, options):
    """What a pass over the thread comes to, if nobody kills it."""
    before = world.lines("calls")
    for owner, names in (
        (AsyncSqliteSaver, ("aput", "aput_writes")),
        (Store, ("begin_effect", "finish_effect", "ask", "answer", "save_thread")),
        (Store, ("begin_deed", "finish_deed", "mark_deed", "lose")),
    ):
        for name in names:
            world.fuse.around(owner, name)
    async with checkpointer(world.database) as saver:
        app = world.app(saver, options)
        result, settled = await finish(app, world)
        found = await record(app, THREAD)
    close_stores()
    again = world.lines("calls")[len(before) :]
    return {
        "log": sorted(result["log"]),
        "effects": world.lines("effects"),
        "rerun": sorted(settled & set(again) - {"pay"}),
        "outcome": found.outcome,
        "visits": {name: step.visits for name, step in found.steps.items()},
        "calls": len(world.lines("calls")),
        "spent": found.spent.cost_usd,
        "ticks": world.fuse.ticks,
        **world.left(),
    }


def forked(folder, options, at):
    """What a child process comes to that is killed at a point; `None` if it was killed."""
    done = folder / "done.json"
    child = os.fork()
    if child == 0:
        world = options.get("world", World)(folder, Fuse(at))
        done.write_text(json.dumps(asyncio.run(one_pass(world, options))))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return None
    return json.loads(done.read_text()) if os.WEXITSTATUS(status) == 0 else {"crashed": status}


def killed_at(folder, options, points):
    """What the run comes to after being killed at these points, pass after pass."""
    folder.mkdir()
    for at in points:
        found = forked(folder, options, at)
        if found is not None:
            return {"points": points, "unkilled": True, **found}
    return {"points": points, **forked(folder, options, 0)}


def main(variant, folder, step, pairs):
    """Write what came of each point, every so many, and of some random pairs of points."""
    options, draw = VARIANTS[variant], random.Random(variant)
    whole = killed_at(folder / "whole", options, [])
    sys.stdout.write(json.dumps(whole) + "\n")
    points = [[at] for at in range(1, whole["ticks"] + 1, step)]
    points += [[draw.randint(1, whole["ticks"]), draw.randint(1, 40)] for _ in range(pairs)]
    for number, chosen in enumerate(points):
        found = killed_at(folder / str(number), options, chosen)
        sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
