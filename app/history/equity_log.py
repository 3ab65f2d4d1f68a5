"""The equity over time, which no terminal remembers: noted once a minute while the program runs."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QObject

from agent_core.store import Store
from agent_core.terminal.models import Account
from app.context import AppContext

_SCHEMA = """
CREATE TABLE IF NOT EXISTS equity_history (
    account TEXT NOT NULL, at INTEGER NOT NULL, equity REAL NOT NULL, PRIMARY KEY (account, at)
) WITHOUT ROWID;
"""
_EVERY_SECONDS = 60
_MOST_POINTS = 1500


class EquityLog(QObject):
    """Notes the account's equity where it has changed, and reads it back for a curve."""

    def __init__(self, context: AppContext, parent: QObject, clock: Callable[[], float] = time.time) -> None:
        super().__init__(parent)
        self._store, self._clock = context.agent.store, clock
        self._store.apply_schema(_SCHEMA)
        self._last: tuple[str, float, float] = ("", 0.0, 0.0)
        context.signals.account.connect(self.note)

    def note(self, account: Account) -> None:
        """Keeps the equity, at most once a minute and only when it is another one."""
        key, now = account.key, self._clock()
        last_key, last_at, last_equity = self._last
        if key == last_key and (now - last_at < _EVERY_SECONDS or account.equity == last_equity):
            return
        self._last = (key, now, account.equity)
        self._store.execute(
            "INSERT OR REPLACE INTO equity_history VALUES (?, ?, ?)", (key, int(now), account.equity), durable=False
        )


def equity_points(store: Store, account: Account, since: datetime) -> list[tuple[datetime, float]]:
    """Returns the equity as it was noted since then, oldest first, thinned out to what a curve can show."""
    store.apply_schema(_SCHEMA)
    rows = store.rows(
        "SELECT at, equity FROM equity_history WHERE account = ? AND at >= ? ORDER BY at",
        (account.key, int(since.timestamp())),
    )
    step = len(rows) // _MOST_POINTS + 1
    return [(datetime.fromtimestamp(row["at"], UTC), row["equity"]) for row in rows[::step]]
