"""Short ways to a role, a request and its reply."""

import json

from surestep.rehearsal import JudgeRole, Role, Scenario
from surestep.rehearsal.chat import read_request
from surestep.rehearsal.engine import Engine

CLASSIFY = r"Classify (?P<task>T\d+)"


def classifier(**options):
    """A worker role that knows every task's category to be `refund`."""
    return Role(**{"name": "classify", "pattern": CLASSIFY, "truth": _refund, **options})


def judge(**options):
    """A judge of the classifier."""
    pattern = r"Judge (?P<task>T\d+): (?P<candidate>.*)"
    return JudgeRole(**{"name": "judge", "pattern": pattern, "of": "classify", **options})


def engine(*roles, seed=1, time_scale=0.0):
    """An engine over these roles."""
    return Engine(Scenario(seed=seed, time_scale=time_scale, roles=roles))


def request(text, **fields):
    """A request with one user message."""
    message = {"role": "user", "content": text}
    return read_request(json.dumps({"model": "m", "messages": [message], **fields}).encode())


def said(engine, text, **fields):
    """The text of the first choice of the reply."""
    return engine.reply(request(text, **fields)).messages[0].text


def _refund(task):
    return "refund"
