"""When somebody has to be told that the prices are old."""

from datetime import UTC, datetime, timedelta

import pytest

from cloud.market import freshness
from cloud.market.freshness import SILENT_SECONDS, Freshness, Pulse


def test_a_start_is_no_alarm_and_silence_after_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(freshness.time, "monotonic", lambda: now)
    prices, none = (Freshness(lambda: None, configured=configured) for configured in (True, False))
    assert prices.stale
    assert not prices.alarming
    now += SILENT_SECONDS + 1
    assert prices.alarming
    assert not none.alarming
    prices.hear(Pulse(heard_at=datetime.now(UTC), connected=True))
    assert not prices.alarming
    old = Freshness(lambda: None, configured=True)
    old.hear(Pulse(heard_at=datetime.now(UTC) - timedelta(minutes=1), connected=True))
    now += SILENT_SECONDS + 1
    assert old.alarming
