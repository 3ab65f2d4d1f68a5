from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from agent_core.terminal.models import Account, Deal, Side
from agent_core.terminal.server_time import ServerClock
from agent_core.trading.day_ledger import DayLedger

ACCOUNT = Account(7, "Demo", "", "", "USD", 2, 100, False, True, 1e4, 0.0, 0.0, 1e4, 0.0, 1e4, None, True, True)
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
DAY = NOON.replace(hour=0)


class Terminal:
    """Deals of an account, and from when on they were asked for."""

    def __init__(self) -> None:
        self.clock = ServerClock()
        self.history: list[Deal] = []
        self.asked: list[datetime] = []

    def add(self, profit: float, *, at: datetime = NOON, side: Side | None = Side.BUY) -> None:
        self.history.append(Deal(len(self.history) + 1, 0, 0, "", side, 1, 0.1, 1.1, profit, 0.0, 0.0, 0.0, at, 0, ""))

    async def deals(self, since: datetime) -> list[Deal]:
        self.asked.append(since)
        return [deal for deal in self.history if deal.time >= since]


def account(terminal: Terminal, **changes: object) -> Account:
    return replace(ACCOUNT, balance=1e4 + sum(deal.profit for deal in terminal.history), **changes)


async def test_only_new_deals_are_read_again() -> None:
    terminal = Terminal()
    ledger = DayLedger(terminal)  # type: ignore[arg-type]
    terminal.add(-5.0, at=DAY - timedelta(days=1))
    terminal.add(-10.0)
    for _ in range(3):
        await ledger.read(account(terminal), DAY)
    assert (ledger.realised, len(terminal.asked)) == (Decimal("-10.00"), 1)
    terminal.add(-7.0, at=NOON + timedelta(hours=1))
    terminal.add(500.0, at=NOON + timedelta(hours=1), side=None)
    await ledger.read(account(terminal), DAY)
    assert ledger.realised == Decimal("-17.00")
    assert [deal.profit for deal in ledger.flows] == [500.0]
    assert terminal.asked[1:] == [NOON]


async def test_a_deal_booked_back_is_found_by_the_balance() -> None:
    terminal = Terminal()
    ledger = DayLedger(terminal)  # type: ignore[arg-type]
    terminal.add(-10.0)
    await ledger.read(account(terminal), DAY)
    terminal.add(-90.0, at=NOON - timedelta(hours=3))
    await ledger.read(account(terminal), DAY)
    assert ledger.realised == Decimal("-100.00")
    assert terminal.asked[1:] == [NOON, DAY]


async def test_a_new_day_and_another_account_begin_anew() -> None:
    terminal = Terminal()
    ledger = DayLedger(terminal)  # type: ignore[arg-type]
    terminal.add(-10.0)
    await ledger.read(account(terminal), DAY)
    late = DAY + timedelta(hours=23, minutes=59)
    terminal.add(300.0, at=late, side=None)
    await ledger.read(account(terminal), DAY + timedelta(days=1))
    assert (ledger.realised, [deal.profit for deal in ledger.flows]) == (Decimal(0), [300.0])
    await ledger.read(account(terminal, login=8), DAY + timedelta(days=1))
    assert terminal.asked[1] == DAY
    assert terminal.asked[2] < DAY
