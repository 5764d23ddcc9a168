"""The same for effects that can be undone, built on a draft that is refused while they happen."""

import asyncio
import sys
from pathlib import Path

from langgraph.graph import END, START

from surestep import Assurance, Effect, Plan, VerifiedGraph, attempt
from tests.engine.helpers import State, decision
from tests.engine.killed import VARIANTS, World, main


class Bookings(World):
    """A draft, two bookings made on it, and a reply; all checks of the first draft refuse it.

    They do so once: a check that is made again after a crash accepts whatever it sees.
    """

    async def draft(self, state):
        """Says which attempt it is."""
        self.fuse.tick()
        self.note("calls", "draft")
        return {"log": [f"draft{attempt().number}"]}

    async def slow(self, state, update):
        """Judges once both bookings are made."""
        fine = bool(self.lines("judged"))
        # What is waited for is a line in a file.
        while not fine and len(self.standing()) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        self.fuse.tick()
        self.note("judged", update["log"][0])
        return fine

    async def book(self, state, key):
        """Booked once per key, however often it is asked for."""
        self.fuse.tick()
        if key not in self.standing():
            self.note("booked", f"+{key}")
        self.fuse.tick()
        return {"log": [f"booked-on-{state['log'][0]}"]}

    async def unbook(self, state, update, key):
        """Taken back; where it is known to have happened, it must be there."""
        self.fuse.tick()
        self.take(key, known=update is not None)
        self.fuse.tick()

    def take(self, key, *, known):
        """Take a booking back, and note if that is done twice."""
        if key in self.standing():
            self.note("booked", f"-{key}")
        elif known:
            self.note("twice", key)

    def standing(self):
        """The bookings that are made and not taken back."""
        made = self.lines("booked")
        return {one[1:] for one in made if made.count(f"+{one[1:]}") > made.count(f"-{one[1:]}")}

    def truth(self, asked):
        """What a person says who has seen to it that a booking is taken back."""
        self.take(asked["question_id"].partition("/undo/")[0].removesuffix("/1"), known=False)
        return decision("approve")

    def app(self, saver, options):
        """The graph."""
        graph = VerifiedGraph(State)
        graph.add_step("draft", self.draft, verifiers=[self.slow])
        for before, name in (("draft", "hotel"), ("hotel", "train")):
            graph.add_step(name, self.book, effect=Effect.REVERSIBLE, undo=self.unbook)
            graph.add_edge(before, name)
        graph.add_step("reply", self.worker("reply"))
        graph.add_edge(START, "draft").add_edge("train", "reply").add_edge("reply", END)
        plan = Plan(default=Assurance(mode="speculative"))
        return graph.compile(checkpointer=saver, database=self.database, plan=plan)

    def left(self):
        """What is to be seen of it once the run has ended."""
        return {
            "standing": sorted(self.standing()),
            "twice": self.lines("twice"),
            "undone": sum(one[0] == "-" for one in self.lines("booked")),
        }


VARIANTS["bookings"] = {"world": Bookings}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
