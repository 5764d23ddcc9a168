"""A question in the human-in-the-loop request format that existing interfaces render.

The format is that of langchain's `HumanInTheLoopMiddleware`: one interrupt value holds
`action_requests` and `review_configs`. We send exactly one action per interrupt, and our own
facts ride along under keys those interfaces ignore.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from surestep.storage.encode import from_json, to_json
from surestep.values import Question

QUESTION_ID = "question_id"


def request(question: Question) -> dict[str, object]:
    """The interrupt value for one question: a HITLRequest of one action, plus `question_id`."""
    return {
        "action_requests": [
            {
                "name": question.step,
                "args": dict(question.proposal),
                "description": describe(question),
            }
        ],
        "review_configs": [
            {"action_name": question.step, "allowed_decisions": list(question.allowed)}
        ],
        QUESTION_ID: question.question_id,
        "question": from_json(to_json(question)),
    }


def is_ours(value: object) -> bool:
    """Whether an interrupt value is one of our questions, not a user's own interrupt."""
    return isinstance(value, Mapping) and QUESTION_ID in value and "action_requests" in value


def describe(question: Question) -> str:
    """The question in Markdown: why it is asked, what the verifiers said, what is proposed."""
    lines = [f"**{question.step}** (visit {question.visit}): {question.reason}"]
    for verdict in question.verdicts:
        feedback = f": {verdict['feedback']}" if verdict.get("feedback") else ""
        lines.append(f"- {verdict.get('verifier', 'verifier')}: {verdict.get('status')}{feedback}")
    if question.confidence is not None:
        lines.append(f"- confidence: {question.confidence:.2f}")
    if question.calibrated not in (None, question.confidence):
        lines.append(f"- calibrated confidence: {question.calibrated:.2f}")
    if question.amount_usd is not None:
        tier = f" (tier {question.tier})" if question.tier else ""
        lines.append(f"- at stake: ${question.amount_usd:,.2f}{tier}")
    if question.approving:
        lines.append(f"- approving {question.approving}")
    if question.proposal:
        shown = json.dumps(dict(question.proposal), indent=2, ensure_ascii=False, default=str)
        lines.append(f"```json\n{shown}\n```")
    return "\n".join(lines)
