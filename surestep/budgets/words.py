"""An assurance in the words of a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from surestep.budgets.assurance import Assurance


def in_words(assurance: Assurance) -> str:
    """How a step is treated, as in `"policy and judge, 2 retries, beside the run"`.

    What the assurance leaves to the step is left out.
    """
    if assurance.mode == "off":
        return "unchecked"
    return ", ".join(_parts(assurance)) or "as declared"


def _parts(it: Assurance) -> Iterator[str]:
    voting = it.vote is not None and it.vote is not False
    if it.verifiers:
        yield _panel(it.verifiers, it.quorum)
    elif it.verifiers is not None and not voting and it.human != "always":
        yield "unchecked"
    if isinstance(it.vote, Mapping) and "ahead_by" in it.vote:
        yield f"a vote won by {it.vote['ahead_by']}"
    elif voting:
        yield "a vote"
    if it.tally is not None:
        yield "weighed evidence"
    if it.samples and it.samples > 1:
        yield f"{it.samples} samples"
    if it.retries:
        yield "1 retry" if it.retries == 1 else f"{it.retries} retries"
    if it.human == "always":
        yield "a person approves"
    elif it.human == "on_failure":
        yield "then a person"
    if it.mode == "speculative":
        yield "beside the run"


def _panel(names: tuple[str, ...], quorum: int | None) -> str:
    if len(names) == 1:
        return names[0]
    if quorum is not None and quorum < len(names):
        return f"{quorum} of {', '.join(names)}"
    return f"{', '.join(names[:-1])} and {names[-1]}"
