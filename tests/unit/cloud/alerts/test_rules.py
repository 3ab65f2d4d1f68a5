import pytest

from cloud.alerts.rules import RULES, Readings

FINDINGS = {rule.name: rule.finding for rule in RULES}


@pytest.mark.parametrize(
    ("rule", "calm", "alarming"),
    [
        ("api_errors", {"requests": 100, "errors": 5}, {"requests": 100, "errors": 6}),
        ("api_errors", {"requests": 5, "errors": 5}, {"requests": 20, "errors": 2}),
        ("socket_reconnections", {"sockets": 100, "reconnections": 10}, {"sockets": 90, "reconnections": 10}),
        ("socket_reconnections", {"sockets": 3, "reconnections": 3}, {"sockets": 5, "closings": 9, "reconnections": 9}),
        ("database_pool_exhausted", {"exhaustions": 0}, {"exhaustions": 1}),
        ("oanda_rate_limit", {}, {"rate_limits": 1}),
        ("prices_stale", {"stale": 1, "workers": 2}, {"stale": 2, "workers": 2}),
    ],
)
def test_each_rule_at_its_threshold(rule: str, calm: Readings, alarming: Readings) -> None:
    assert FINDINGS[rule](calm) is None
    assert FINDINGS[rule](alarming)
