"""When somebody has to look: the rules about the service itself, over the last five minutes of all workers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Readings = Mapping[str, float]
"""Sums over all workers: what the rules below name; `sockets` are open now, `stale` are workers with stale prices."""

#: Shares of fewer than this say nothing.
FEW_REQUESTS, FEW_SOCKETS = 20, 10


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: How its incidents are called.
        finding: What is wrong in one sentence, or None.
    """

    name: str
    finding: Callable[[Readings], str | None]


def _errors(readings: Readings) -> str | None:
    requests, errors = readings.get("requests", 0), readings.get("errors", 0)
    if requests < FEW_REQUESTS or errors <= 0.05 * requests:
        return None
    return f"{errors / requests:.0%} of {requests:.0f} requests failed within five minutes. See the log's error lines."


def _reconnections(readings: Readings) -> str | None:
    again = readings.get("reconnections", 0)
    sockets = readings.get("sockets", 0) + readings.get("closings", 0)
    if sockets < FEW_SOCKETS or again <= 0.1 * sockets:
        return None
    return f"{again:.0f} of {sockets:.0f} sockets had to connect again within five minutes. Look at proxies and load."


def _exhausted(readings: Readings) -> str | None:
    if not readings.get("exhaustions"):
        return None
    return (
        f"{readings['exhaustions']:.0f} requests waited for a database connection within five minutes. Look for slow "
        "queries, or raise DATABASE_POOL_MAX."
    )


def _rate_limited(readings: Readings) -> str | None:
    if not readings.get("rate_limits"):
        return None
    return f"OANDA refused {readings['rate_limits']:.0f} requests within five minutes: its rate limit was hit."


def _stale(readings: Readings) -> str | None:
    if not readings.get("stale") or readings["stale"] < readings.get("workers", 1):
        return None
    return "The price stream is silent: all prices are marked as stale. Look at OANDA's status and at Redis."


RULES = (
    Rule("api_errors", _errors),
    Rule("socket_reconnections", _reconnections),
    Rule("database_pool_exhausted", _exhausted),
    Rule("oanda_rate_limit", _rate_limited),
    Rule("prices_stale", _stale),
)
