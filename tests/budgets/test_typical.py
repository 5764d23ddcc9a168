"""What a call that was cut off most likely cost."""

from surestep.budgets.pricing import Price
from surestep.budgets.typical import Kind, Typical

PRICE = Price(1e6, 1e6)
DRAFT, JUDGE = Kind(model="m", step="draft"), Kind(model="m", step="draft", verifier="judge")


def seen(*calls: tuple[Kind, int, int, int]) -> Typical:
    """What is known once these calls came back."""
    typical = Typical()
    for kind, sent, input_tokens, output_tokens in calls:
        typical.tell(kind, sent_bytes=sent, input_tokens=input_tokens, output_tokens=output_tokens)
    return typical


def test_a_call_costs_what_its_like_did():
    """Its prompt at their bytes per token, its answer at their mean length."""
    typical = seen((DRAFT, 400, 100, 10), (DRAFT, 400, 100, 30))
    assert typical.cost_usd(DRAFT, PRICE, sent_bytes=200) == 50 + 20


def test_calls_of_another_kind_count_only_where_there_is_none_of_its_own():
    """A judge's answers are not a worker's, but better than nothing."""
    typical = seen((DRAFT, 4, 1, 99), (JUDGE, 4, 1, 9))
    assert typical.cost_usd(JUDGE, PRICE, sent_bytes=4) == 1 + 9
    assert typical.cost_usd(Kind(model="m", step="new"), PRICE, sent_bytes=4) == 1 + 54


def test_nothing_is_said_of_a_model_that_never_answered():
    """There is nothing to go by."""
    assert seen((DRAFT, 4, 1, 9)).cost_usd(Kind(model="other"), PRICE, sent_bytes=4) is None
