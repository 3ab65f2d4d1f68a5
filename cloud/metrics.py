"""Prometheus metrics of the HTTP side. Domains add their own next to what they measure."""

from prometheus_client import Counter, Histogram

_REQUESTS = Counter("forexelite_http_requests_total", "Requests answered", ("method", "route", "status"))
_SECONDS = Histogram("forexelite_http_request_seconds", "Time until the answer was sent", ("method", "route"))


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Counts one answered request; `route` is the path's template, so that ids make no new series."""
    _REQUESTS.labels(method, route, str(status)).inc()
    _SECONDS.labels(method, route).observe(seconds)
