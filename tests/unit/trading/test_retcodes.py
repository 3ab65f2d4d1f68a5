import pytest

from agent_core.protocol.errors import ErrorCode
from agent_core.trading.retcodes import MEANINGS, Verdict, meaning

DOCUMENTED = {10004, *range(10006, 10037), *range(10038, 10047)} - {10005, 10037}


def test_every_documented_code_has_a_meaning_and_one_sentence() -> None:
    assert set(MEANINGS) == DOCUMENTED
    for code, known in MEANINGS.items():
        assert known.sentence.endswith("."), code
        assert (known.code is None) == (known.verdict is Verdict.DONE), code


def test_the_sets_that_decide_what_happens_next() -> None:
    by_verdict = {verdict: {c for c, m in MEANINGS.items() if m.verdict is verdict} for verdict in Verdict}
    assert by_verdict[Verdict.DONE] == {10008, 10009, 10010}
    assert by_verdict[Verdict.REQUOTE] == {10004, 10020, 10021}
    assert by_verdict[Verdict.UNKNOWN] == {10012, 10031}


def test_autotrading_off_says_which_button() -> None:
    found = meaning(10027)
    assert found.code is ErrorCode.ALGO_TRADING_DISABLED
    assert found.sentence == (
        "AutoTrading is switched off in MetaTrader: press the Algo Trading button in its toolbar, then send again."
    )


@pytest.mark.parametrize(("comment", "ending"), [("", "code 12345."), ("odd", "code 12345 and says 'odd'.")])
def test_an_unknown_code_is_an_unknown_outcome(comment: str, ending: str) -> None:
    found = meaning(12345, comment)
    assert (found.verdict, found.code) == (Verdict.UNKNOWN, ErrorCode.OUTCOME_UNKNOWN)
    assert found.sentence.endswith(ending)
