"""A Redis that is away is told of once, with its reason, and once more when it is back."""

from structlog.testing import capture_logs

from cloud.redis_errors import Outage


def test_an_outage_is_told_once_with_its_reason_and_once_when_it_is_over() -> None:
    outage = Outage("prices_without_redis")
    with capture_logs() as lines:
        outage.end()
        for _ in range(3):
            outage.begin(ConnectionRefusedError("Error 111 connecting to redis:6379."))
        outage.end()
        outage.end()
        outage.begin(TimeoutError("no answer"))
    assert [(line["event"], line.get("reason")) for line in lines] == [
        ("prices_without_redis", "Error 111 connecting to redis:6379."),
        ("prices_without_redis_over", None),
        ("prices_without_redis", "no answer"),
    ]
