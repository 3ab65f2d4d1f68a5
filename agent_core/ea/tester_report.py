"""The strategy tester's HTML report as data. Its labels are in the terminal's language, so places count, not words."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser

_NUMBER = re.compile(r"-?[\d\s\u00a0\u202f]+(?:\.\d+)?")
_TIME = re.compile(r"\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d")
_RESULT_CELLS, _DEAL_CELLS = 6, 13
#: Rows of results after the one with bars, ticks and symbols; empty rows are not counted.
_PROFIT, _GROSS, _LOSS, _FACTOR, _TRADES, _DEALS = 1, 2, 3, 4, 8, 9


class ReportError(Exception):
    """The text is no report of a single test."""


@dataclass(frozen=True, slots=True)
class ReportDeal:
    """A deal: `time` is the server's clock as written, `direction` is empty for the deposit."""

    time: str
    direction: str
    profit: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """What a report says. Money is in the account's currency."""

    bars: int
    ticks: int
    net_profit: Decimal
    gross_profit: Decimal
    gross_loss: Decimal
    profit_factor: Decimal
    expected_payoff: Decimal
    drawdown: Decimal
    drawdown_percent: Decimal
    trades: int
    won: int
    deals: tuple[ReportDeal, ...]


def parse_report(text: str) -> BacktestReport:
    """Reads a report.

    Raises:
        ReportError: it is not whole, or something else.
    """
    rows = _Rows()
    rows.feed(text)
    results = _results(rows.rows)
    try:
        return BacktestReport(
            bars=int(_value(results[0][1])),
            ticks=int(_value(results[0][3])),
            net_profit=_value(results[_PROFIT][1]),
            gross_profit=_value(results[_GROSS][1]),
            gross_loss=_value(results[_LOSS][1]),
            profit_factor=_value(results[_FACTOR][1]),
            expected_payoff=_value(results[_FACTOR][3]),
            drawdown=_value(results[_GROSS][5]),
            drawdown_percent=_value(results[_GROSS][5].partition("(")[2]),
            trades=int(_value(results[_TRADES][1])),
            won=int(_value(results[_DEALS][3])),
            deals=tuple(_deals(rows.rows)),
        )
    except (IndexError, ValueError, InvalidOperation) as error:
        raise ReportError from error


def _results(rows: list[list[str]]) -> list[list[str]]:
    """Returns the rows from bars, ticks and symbols on; it is the first whose three values are whole numbers."""
    six = [row for row in rows if len(row) == _RESULT_CELLS]
    for index, row in enumerate(six):
        if all(re.fullmatch(r"[\d\s\u00a0]+", row[cell]) for cell in (1, 3, 5)):
            return six[index:]
    raise ReportError


def _deals(rows: list[list[str]]) -> list[ReportDeal]:
    return [
        ReportDeal(row[0], row[4], _value(row[10]), _value(row[11]))
        for row in rows
        if len(row) == _DEAL_CELLS and _TIME.fullmatch(row[0]) and row[11]
    ]


def _value(text: str) -> Decimal:
    """Reads the number a cell begins with: `1 004.15`, `184.06 (16.05%)`; spaces group the digits."""
    match = _NUMBER.match(text.strip())
    if match is None:
        raise ValueError(text)
    return Decimal(re.sub(r"\s", "", match.group()))


class _Rows(HTMLParser):
    """All table rows as lists of their cells' texts."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows:
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data.strip()
