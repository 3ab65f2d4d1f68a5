"""The tester's report: HTML as UTF-16, in the layout and with the labels of the real one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from agent_core.simulator.layout import utf16
from agent_core.simulator.tester.account import BacktestAccount, BacktestDeal


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What the report says about the test itself."""

    server: str
    expert: str
    period: str
    inputs: dict[str, str]
    company: str
    currency: str
    leverage: str
    bars: int


def report_bytes(head: ReportHead, account: BacktestAccount) -> bytes:
    """Writes the report."""
    settings = [("Expert:", head.expert), ("Symbol:", account.symbol.name), ("Period:", head.period)]
    inputs = [f"{name}={value}" for name, value in head.inputs.items()] or [""]
    settings += [("Inputs:" if number == 0 else "", text) for number, text in enumerate(inputs)]
    settings += [
        ("Company:", head.company), ("Currency:", head.currency), ("Initial Deposit:", _money(account.deposit)),
        ("Leverage:", head.leverage),
    ]  # fmt: skip
    tables = _table([
        _title("Strategy Tester Report"), _title(head.server), _gap(), _title("Settings"),
        *(_row((3, label), (10, value)) for label, value in settings),
        _gap(), _title("Results"), _row((3, "History Quality:"), (10, "100%")), *_results(head, account), _gap(),
    ])  # fmt: skip
    tables += _table([_title("Deals"), _cells(_DEAL_HEADS), *(_cells(_deal(deal, account)) for deal in account.deals)])
    page = f"<html><head><title>Strategy Tester Report</title></head>\n<body>\n{tables}</body></html>\n"
    return utf16("\r\n".join(page.splitlines()) + "\r\n")


_DEAL_HEADS = [
    "Time", "Deal", "Symbol", "Type", "Direction", "Volume", "Price", "Order", "Commission", "Swap", "Profit",
    "Balance", "Comment",
]  # fmt: skip


def _results(head: ReportHead, account: BacktestAccount) -> list[str]:
    won = [result for result in account.results if result > 0]
    lost = [result for result in account.results if result <= 0]
    gain, loss, trades = sum(won), sum(lost), len(account.results)
    net = account.balance - account.deposit
    factor = gain / -loss if loss else 0.0
    (equity, equity_share), (balance, balance_share) = account.equity_drawdown, account.balance_drawdown
    six = [
        ("Bars:", head.bars, "Ticks:", head.bars * 4, "Symbols:", 1),
        ("Total Net Profit:", _money(net),
         "Balance Drawdown Absolute:", _money(account.deposit - account.lowest_balance),
         "Equity Drawdown Absolute:", _money(account.deposit - account.lowest_equity)),
        ("Gross Profit:", _money(gain), "Balance Drawdown Maximal:", f"{_money(balance)} ({balance_share:.2f}%)",
         "Equity Drawdown Maximal:", f"{_money(equity)} ({equity_share:.2f}%)"),
        ("Gross Loss:", _money(loss), "Balance Drawdown Relative:", f"{balance_share:.2f}% ({_money(balance)})",
         "Equity Drawdown Relative:", f"{equity_share:.2f}% ({_money(equity)})"),
        None,
        ("Profit Factor:", f"{factor:.2f}", "Expected Payoff:", _money(net / trades if trades else 0),
         "Margin Level:", "1000.00%"),
        ("Recovery Factor:", f"{net / equity if equity else 0:.2f}", "Sharpe Ratio:", "0.00",
         "Z-Score:", "0.00 (0.00%)"),
        ("AHPR:", "1.0000 (0.00%)", "LR Correlation:", "0.00", "OnTester result:", "0"),
        ("GHPR:", "1.0000 (0.00%)", "LR Standard Error:", "0.00", "", ""),
        None,
        ("Total Trades:", trades, "Short Trades (won %):", "0 (0.00%)", "Long Trades (won %):", "0 (0.00%)"),
        ("Total Deals:", len(account.deals) - 1, "Profit Trades (% of total):", _share(len(won), trades),
         "Loss Trades (% of total):", _share(len(lost), trades)),
    ]  # fmt: skip
    return [
        _gap() if row is None else _row(*((3 if at % 2 == 0 else 1, str(cell)) for at, cell in enumerate(row)))
        for row in six
    ]


def _deal(deal: BacktestDeal, account: BacktestAccount) -> list[str]:
    time = datetime.fromtimestamp(deal.time, UTC).strftime("%Y.%m.%d %H:%M:%S")
    if not deal.direction:
        return [time, str(deal.ticket), "", "balance", "", "", "", "", "0.00", "0.00", _money(deal.profit),
                _money(deal.balance), deal.comment]  # fmt: skip
    return [
        time, str(deal.ticket), account.symbol.name, deal.type, deal.direction, f"{deal.volume:g}",
        f"{deal.price:.{account.symbol.digits}f}", str(deal.ticket), _money(deal.commission), "0.00",
        _money(deal.profit), _money(deal.balance), deal.comment,
    ]  # fmt: skip


def _share(count: int, of: int) -> str:
    return f"{count} ({100 * count / of if of else 0:.2f}%)"


def _money(value: float) -> str:
    return f"{value:,.2f}".replace(",", " ").replace("-0.00", "0.00")


def _table(rows: list[str]) -> str:
    return '<table cellspacing="1" cellpadding="3" border="0">\n' + "\n".join(rows) + "\n</table>\n"


def _title(text: str) -> str:
    return f'<tr align="center"><td colspan="13"><div style="font: 10pt Tahoma"><b>{escape(text)}</b></div></td></tr>'


def _gap() -> str:
    return '<tr><td nowrap style="height: 10px"></td></tr>'


def _row(*cells: tuple[int, str]) -> str:
    inner = "".join(
        f'<td nowrap colspan="{span}">{escape(text) if at % 2 == 0 else f"<b>{escape(text)}</b>"}</td>'
        for at, (span, text) in enumerate(cells)
    )
    return f'<tr align="right">{inner}</tr>'


def _cells(texts: list[str]) -> str:
    return '<tr align="right">' + "".join(f"<td>{escape(text)}</td>" for text in texts) + "</tr>"
