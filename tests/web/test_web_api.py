"""The inbox for programs, fuzzed by its own description."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from starlette.testclient import TestClient

from tests.web.desk import Desk, asked, run

REQUESTS = 1_000
ITEMS = 40


class Client:
    """A client with somebody's token."""

    def __init__(self, desk, name="ann"):
        token = desk.tokens.get(name) or desk.add(name)
        self.client = TestClient(desk.app, headers={"Authorization": f"Bearer {token}"})

    def get(self, path):
        """What is answered to a read."""
        return self.client.get(path)

    def post(self, path, **body):
        """What is answered to a change."""
        return self.client.post(path, json=body)


def test_items_are_listed_and_read(desk):
    """With the same filters as the page."""
    names = [desk.ask(1), desk.ask(2)]
    client = Client(desk)
    listed = client.get("/api/items?amount_usd=30").json()

    assert [one["question_id"] for one in listed["items"]] == [names[1]]
    assert client.get(f"/api/items/{names[0]}").json()["proposal"]["amount_usd"] == 20.0


def test_an_item_is_taken_decided_and_gone_on_with(desk):
    """Under the name of whose token it is."""
    desk.ask()
    client = Client(desk)
    taken = client.post("/api/next", queue="billing").json()
    with client.client:
        done = client.post(f"/api/items/{taken['question_id']}/decision", type="approve").json()

    assert taken["held_by"] == "ann"
    assert (done["status"], done["decision"]["actor"]) == ("answered", "ann")
    assert desk.runs.gone_on == [("T1", "ann")]
    assert client.post("/api/next", queue="billing").status_code == 204


def test_an_item_is_handed_on_and_given_back(desk):
    """With a note."""
    name = desk.ask()
    client = Client(desk)
    client.post(f"/api/items/{name}/claim", lease_s=60.0)
    given = client.post(f"/api/items/{name}/release", note="later")
    handed = client.post(f"/api/items/{name}/hand-on", queue="finance").json()

    assert given.status_code == 200
    assert handed["queue"] == "finance"
    assert [what for _, what in desk.touches(name)] == [
        "asked",
        "claimed",
        "released",
        "handed_on",
    ]


def test_refusals_say_what_is_wrong_and_what_to_do(desk):
    """With the status that fits."""
    name = desk.ask()
    run(desk.store.claim(name, "bob"))
    client = Client(desk)
    found = [
        client.get("/api/items/none"),
        client.get("/api/items?limit=0"),
        client.post(f"/api/items/{name}/decision", type="approve"),
        client.post(f"/api/items/{name}/decision", type="shrug"),
        client.post(f"/api/items/{name}/claim", lease_s=-1.0),
        client.client.put(f"/api/items/{name}"),
    ]
    assert [one.status_code for one in found] == [404, 400, 409, 422, 422, 405]
    assert all({*one.json()} == {"problem", "remedy"} for one in found)


def test_a_cookie_is_no_token(desk):
    """So no other site can have a browser use the API."""
    name = desk.ask()
    with desk.browser("ann") as browser:
        said = browser.client.post(f"/api/items/{name}/claim", json={})
    assert said.status_code == 401
    assert said.headers["www-authenticate"] == "Bearer"


def test_wrong_tokens_are_limited(tmp_path):
    """From one address."""
    desk = Desk(tmp_path, sign_ins_per_minute=2)
    client = TestClient(desk.app, headers={"Authorization": "Bearer guess"})
    codes = [client.get("/api/items").status_code for _ in range(3)]
    desk.store.close()

    assert codes == [401, 401, 429]


def test_a_viewers_token_changes_nothing(desk):
    """Neither does one for another queue."""
    name = desk.ask()
    desk.add("vic", "viewer")
    desk.add("fay", "reviewer", "finance")
    for who, code in (("vic", 403), ("fay", 404)):
        client = Client(desk, who)
        assert client.post(f"/api/items/{name}/claim").status_code == code
    assert desk.touches(name) == [("", "asked")]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    """An inbox whose limits do not get into the way of a thousand requests."""
    desk = Desk(
        tmp_path_factory.mktemp("fuzz"), requests_per_minute=10**6, sign_ins_per_minute=10**6
    )
    desk.add("ann", "lead")
    for number in range(ITEMS):
        desk.ask(number)
    yield desk
    desk.store.close()


def test_a_thousand_fuzzed_requests_break_nothing(fuzzed):
    """No status above 499, and no change without a token that is valid."""
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", fuzzed.app)
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    ways = [
        found.ok().as_strategy(generation_mode=mode)
        for found in schema.get_all_operations()
        for mode in modes
    ]
    each = -(-REQUESTS // (2 * len(ways)))
    none = [None, "Bearer", "Bearer guess", "Basic YTpi"]
    none.append(f"Bearer {fuzzed.reviewers.all()[0].token_hash}")
    before = dump(fuzzed)
    refused = [code for way in ways for code in fuzz(way, each, none)]
    assert {code for code in refused if code not in (401, 404, 405)} == set()
    assert dump(fuzzed) == before

    let_in = [code for way in ways for code in fuzz(way, each, [f"Bearer {fuzzed.tokens['ann']}"])]
    assert max(let_in) < 500
    assert {200, 204, 400, 404, 409, 422} <= {*let_in}
    assert dump(fuzzed) != before
    assert len(refused) + len(let_in) >= REQUESTS


def fuzz(way, count, tokens):
    """The statuses of so many drawn requests, every other one about an item there is."""
    codes = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(case=way)
    def draw(case):
        place = len(codes)
        if place % 2 and "question_id" in (case.path_parameters or {}):
            case.path_parameters["question_id"] = asked(place % ITEMS).question_id
        token = tokens[place % len(tokens)]
        headers = {} if token is None else {"Authorization": token}
        codes.append(case.call(headers=headers).status_code)

    draw()
    return codes


def dump(desk):
    """All that the database holds."""
    with closing(sqlite3.connect(desk.store.url)) as database:
        return list(database.iterdump())
