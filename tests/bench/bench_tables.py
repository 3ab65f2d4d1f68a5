"""Share of a core that 500 positions take which all change ten times a second, sorted by profit.

Run: python tests/bench/bench_tables.py [seconds]. Prints one line; exits 1 over the target.
"""

import os
import random
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from agent_core.terminal.models import Position, Side
from app.theme import Theme
from app.trade.columns import PositionRow, position_columns
from app.trade.table_model import TableModel
from app.trade.table_view import TradeTable

ROWS, HERTZ, TARGET_PERCENT = 500, 10, 6.0
VISIBLE_HEIGHT = 31 * 30


def rows_of(count: int) -> list[Position]:
    """Returns positions as a busy account has them."""
    now = datetime.now(UTC)
    return [
        Position(
            n, "EURUSD" if n % 3 else "USDJPY", Side.BUY if n % 2 else Side.SELL, 0.1, 1.08, 1.08, 1.07, 1.09,
            float(n - 250), 0.0, now, n % 5, "", n,
        )
        for n in range(count)
    ]  # fmt: skip


def measure(seconds: float) -> tuple[float, float, int]:
    """Returns the share of a core in percent, that of making the rows alone, and the number of updates."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme = Theme()
    theme.install(application)
    columns = position_columns(lambda _symbol: 5, lambda: "USD")
    owner = QObject()
    model = TableModel(columns, lambda row: row.position.ticket, owner)
    table = TradeTable(theme, "positions.table", model)
    table.resize(1000, VISIBLE_HEIGHT)
    table.show()
    held, chance = rows_of(ROWS), random.Random(5)
    model.set_rows([PositionRow(each, "") for each in held])
    model.sort([column.title for column in columns].index("P/L"), Qt.SortOrder.DescendingOrder)
    making, updates = 0.0, 0

    def update() -> None:
        nonlocal held, making, updates
        started = time.process_time()
        held = [
            replace(each, price_current=each.price_current + chance.gauss(0, 1e-5), profit=chance.gauss(0, 50))
            for each in held
        ]
        fresh = [PositionRow(each, "") for each in held]
        making += time.process_time() - started
        model.set_rows(fresh)
        updates += 1

    timer = QTimer(interval=1000 // HERTZ)
    timer.timeout.connect(update)
    timer.start()
    QTimer.singleShot(int(seconds * 1000), application.quit)
    started, clock = time.process_time(), time.perf_counter()
    application.exec()
    took, passed = time.process_time() - started, time.perf_counter() - clock
    return 100 * (took - making) / passed, 100 * making / passed, updates


def main() -> int:
    """Prints the figure beside its target."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    share, making, updates = measure(seconds)
    print(
        f"{ROWS} positions at {HERTZ} Hz, sorted by profit: {share:.1f} % of a core (target {TARGET_PERCENT:.0f} %); "
        f"making the test's rows {making:.1f} %; {updates / seconds:.1f} updates/s"
    )
    return 0 if share <= TARGET_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
