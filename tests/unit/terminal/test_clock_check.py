from datetime import UTC, datetime

import pytest

from agent_core.terminal.clock_check import ClockCheck

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()
HOUR, DAY = 3600, 86_400


class Watch:
    """A computer's clock that is set by the test, and a broker whose clock runs on."""

    def __init__(self, wrong: float) -> None:
        self.utc, self.wrong = NOON, wrong
        self.check = ClockCheck(lambda: self.utc + self.wrong)

    def quotes(self, seconds: int) -> str:
        for _ in range(seconds):
            self.utc += 1
            self.check.see(int((self.utc + 2 * HOUR) * 1000))
        return self.check.problem


@pytest.mark.parametrize("wrong", [0, 5 * HOUR, -5 * HOUR, 12 * HOUR])
def test_what_may_be_a_time_zone_is_none_of_our_business(wrong: float) -> None:
    assert Watch(wrong).quotes(200) == ""


def test_a_clock_set_back_by_days_is_noticed_at_once() -> None:
    watch = Watch(-3 * DAY)
    assert "about 3 days behind the broker's" in watch.quotes(1)
    watch.wrong = 0
    assert watch.quotes(1) == ""


def test_a_clock_set_ahead_is_noticed_after_a_minute_of_quotes() -> None:
    watch = Watch(400 * DAY)
    assert watch.quotes(30) == ""
    assert "about 400 days ahead of the broker's" in watch.quotes(40)


def test_old_quotes_that_come_in_late_prove_nothing() -> None:
    watch = Watch(0)
    friday = NOON - 5 * DAY
    for second in range(300):
        watch.utc += 1
        watch.check.see(int((friday + 600 * second) * 1000))
    assert watch.check.problem == ""
