"""The trading sessions of Asia, London and New York, by their own clocks, as shaded hours on the chart."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from agent_core.protocol.market import TIMEFRAME_SECONDS, Timeframe
from app.chart.axes import Times
from app.chart.style import ChartStyle, TextCache
from app.chart.viewport import Viewport
from app.language import tr

_DAY = 86400
#: From here on a bar holds more than a session.
_LONGEST_BAR = 4 * 3600
_TINT, _STRIP = 0.05, 3.0
#: A lower plot has no room for names.
_NAMED_FROM = 220.0


@dataclass(frozen=True, slots=True)
class Session:
    """Office hours of a financial centre, in its own time; `tone` is the colour's name in the chart's style."""

    name: str
    zone: str
    opens: time
    closes: time
    tone: str

    def hours(self, day: int) -> tuple[int, int]:
        """Returns begin and end, epoch seconds UTC, on a day counted from the epoch in the session's own zone."""
        return _hours(self, day)


SESSIONS = (
    Session("Asia", "Asia/Tokyo", time(9), time(18), "warning"),
    Session("London", "Europe/London", time(8), time(17), "accent"),
    Session("New York", "America/New_York", time(8), time(17), "owner"),
)


def shown_sessions(begin: int, end: int, timeframe: Timeframe) -> list[tuple[Session, int, int]]:
    """Returns the sessions that touch the time from `begin` to `end` (epoch seconds UTC), Monday to Friday."""
    if TIMEFRAME_SECONDS[timeframe] > _LONGEST_BAR or end - begin > 120 * _DAY:
        return []
    found = []
    for day in range(begin // _DAY - 1, end // _DAY + 2):
        if (day + 3) % 7 >= 5:  # the epoch began on a Thursday
            continue
        for session in SESSIONS:
            opens, closes = session.hours(day)
            if opens < end and closes > begin:
                found.append((session, opens, closes))
    return found


def paint_sessions(painter: QPainter, times: Times, timeframe: Timeframe, view: Viewport, style: ChartStyle) -> None:
    """Tints the hours of each session behind everything else, with a strip at the foot of the plot."""
    for session, left, right in _spans(times, timeframe, view):
        colour = style.colour(session.tone)
        tint = QColor(colour)
        tint.setAlphaF(_TINT)
        painter.fillRect(QRectF(left, 0, right - left, view.height), tint)
        row = SESSIONS.index(session)
        strip = QRectF(left, view.height - (row + 1) * (_STRIP + 1), right - left, _STRIP)
        painter.fillRect(strip, style.tint(colour, 0.55))


def name_sessions(
    painter: QPainter, times: Times, timeframe: Timeframe, view: Viewport, style: ChartStyle, texts: TextCache
) -> None:
    """Writes the sessions' names where there is room; over the grid, which would strike them out."""
    for session, left, right in _spans(times, timeframe, view) if view.height > _NAMED_FROM else ():
        if right - left > texts.width(session.name) + 8:
            texts.draw(painter, left + 4, 46 + 14 * SESSIONS.index(session), tr(session.name), style.mute)


def _spans(times: Times, timeframe: Timeframe, view: Viewport) -> Iterator[tuple[Session, float, float]]:
    first, last = view.visible(len(times))
    if first > last:
        return
    for session, opens, closes in shown_sessions(int(times[first]), int(times[last]) + 1, timeframe):
        # From the first bar of the session to the first one after it, half a bar earlier.
        begin, end = (bisect_left(times, at, first, last + 1) for at in (opens, closes))
        left, right = (min(view.width, max(0.0, view.index_to_x(at) - view.pitch / 2)) for at in (begin, end))
        if right - left >= 1:
            yield session, left, right


@lru_cache(maxsize=4096)
def _hours(session: Session, day: int) -> tuple[int, int]:
    date = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()
    zone = ZoneInfo(session.zone)
    opens, closes = (datetime.combine(date, hour, zone).timestamp() for hour in (session.opens, session.closes))
    return int(opens), int(closes)
