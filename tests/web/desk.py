"""An inbox to test: a database of its own, some people, questions, and clients for them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.testclient import TestClient

from surestep.review import parse_answer
from surestep.storage import Store
from surestep.values import Question
from surestep.web.app import create_app
from surestep.web.inbox import Inbox
from surestep.web.reviewers import Reviewers

SEAL = re.compile(r'name="seal" value="([^"]+)"')
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Doubles:
    """Runs without graphs: decisions are stored, and runs that would go on are written down."""

    store: Store
    gone_on: list[tuple[str, str]] = field(default_factory=list)
    said: str = "succeeded"

    async def decide(
        self, question_id: str, answer: Mapping[str, object], *, actor: str
    ) -> Question:
        """The question after the decision."""
        question = await self.store.question(question_id)
        assert question is not None
        decision = parse_answer(question, {**answer, "actor": actor})
        return await self.store.answer(question_id, decision)

    async def go_on(self, question: Question, *, actor: str) -> str:
        """Note that the run goes on."""
        self.gone_on.append((question.thread_id, actor))
        return self.said


class Desk:
    """An inbox with clients for its reviewers."""

    def __init__(self, folder, database=None, **limits) -> None:
        self.store = Store.open(database or folder / "inbox.db")
        self.runs = Doubles(self.store)
        self.reviewers = Reviewers(folder / "reviewers.json")
        self.inbox = Inbox(self.store, self.runs, self.reviewers, **limits)
        self.app = create_app(self.inbox)
        self.tokens: dict[str, str] = {}

    def add(self, name: str, role: str = "reviewer", *queues: str) -> str:
        """Somebody's token."""
        self.tokens[name] = self.reviewers.add(name, role, queues)
        return self.tokens[name]

    @contextmanager
    def browser(self, name: str) -> Iterator[Browser]:
        """A client in which somebody is signed in."""
        if name not in self.tokens:
            self.add(name)
        with TestClient(self.app, follow_redirects=False) as client:
            client.post("/sign-in", data={"token": self.tokens[name]})
            yield Browser(client)

    def ask(self, number: int = 1, **options) -> str:
        """The name of a new question."""
        question = asked(number, **options)
        run(self.store.ask(question))
        run(self.inbox.waiting.look_again(question.question_id))
        return question.question_id

    def touches(self, name: str) -> list[tuple[str, str]]:
        """Who did what to a question."""
        return [(one.who, one.what) for one in run(self.store.touches(name))]


class Browser:
    """A signed-in client that sends forms as a page of the inbox has them."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.csrf = CSRF.search(client.get("/").text)[1]

    def get(self, path: str):
        """A page."""
        return self.client.get(path)

    def post(self, path: str, **fields):
        """What came of a form."""
        return self.client.post(path, data={"csrf": self.csrf, **fields})

    def edit(self, name: str, **fields):
        """What came of an edit whose difference was looked at first."""
        seen = SEAL.search(self.post(f"/diff/{name}", kind="edit", **fields).text)[1]
        return self.post(f"/decide/{name}", kind="edit", seal=seen, **fields)


def asked(number: int = 1, **options) -> Question:
    """A question about a refund."""
    known = {
        "question_id": f"T{number}/1/refund/1/1",
        "thread_id": f"T{number}",
        "step": "refund",
        "visit": 1,
        "reason": "it is much",
        "proposal": {"amount_usd": 20.0 * number, "reply": "You get it back."},
        "verdicts": ({"status": "pass", "verifier": "polite", "score": 0.9, "feedback": ""},),
        "queue": "billing",
        "confidence": 0.8,
    }
    return Question(**{**known, **options})


def run(work):
    """The result of a coroutine."""
    return asyncio.run(work)
