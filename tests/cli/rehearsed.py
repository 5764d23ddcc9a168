"""A graph with a rehearsal suite, as a user's file would hold them."""

from tests.rehearsal.suites import graph as made
from tests.rehearsal.suites import suite as found

graph = made
suite = found
number = 3


def short(state):
    """A score of a final state."""
    return len(state["reply"]) < 20
