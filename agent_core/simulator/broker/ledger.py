"""The trade server's books, durable: every change is on disk before anybody is told of it."""

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agent_core.simulator.broker.models import Deal, Order, Position

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS positions (ticket INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (ticket INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS history_orders (ticket INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deals (ticket INTEGER PRIMARY KEY, data TEXT NOT NULL);
"""
_FIRST_TICKET = 250_000_001


class Ledger:
    """Positions, orders, deals and settings of one account, in memory and in SQLite.

    Change the dictionaries through the methods, then `commit`; a crash before the commit leaves the books as they
    were before the change.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(_SCHEMA)
        self._pending: list[tuple[str, tuple[Any, ...]]] = []
        self.meta: dict[str, Any] = {
            key: json.loads(value) for key, value in self._database.execute("SELECT key, value FROM meta")
        }
        self.positions: dict[int, Position] = {row["ticket"]: Position(**row) for row in self._rows("positions")}
        self.orders: dict[int, Order] = {row["ticket"]: Order(**row) for row in self._rows("orders")}
        self.history_orders: dict[int, Order] = {row["ticket"]: Order(**row) for row in self._rows("history_orders")}
        self.deals: dict[int, Deal] = {row["ticket"]: Deal(**row) for row in self._rows("deals")}

    def _rows(self, table: str) -> list[dict[str, Any]]:
        query = f"SELECT data FROM {table} ORDER BY ticket"  # noqa: S608 - one of our own table names
        return [json.loads(data) for (data,) in self._database.execute(query)]

    @property
    def balance(self) -> float:
        """Money on the account, without open positions."""
        return float(self.meta.get("balance", 0.0))

    def exposed_symbols(self) -> set[str]:
        """Symbols with open positions or working orders."""
        return {p.symbol for p in self.positions.values()} | {o.symbol for o in self.orders.values()}

    def next_ticket(self, kind: str) -> int:
        """The next number of a kind ("order", "deal", "request")."""
        number = int(self.meta.get(f"next_{kind}", _FIRST_TICKET))
        self.set(f"next_{kind}", number + 1)
        return number

    def set(self, key: str, value: Any) -> None:
        """Sets a value of `meta`."""
        self.meta[key] = value
        self._pending.append(("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value))))

    def put_position(self, position: Position) -> None:
        """Adds or changes an open position."""
        self.positions[position.ticket] = position
        self._put("positions", position)

    def remove_position(self, ticket: int) -> None:
        """Removes a closed position."""
        del self.positions[ticket]
        self._pending.append(("DELETE FROM positions WHERE ticket = ?", (ticket,)))

    def put_order(self, order: Order) -> None:
        """Adds or changes a working order."""
        self.orders[order.ticket] = order
        self._put("orders", order)

    def archive_order(self, order: Order) -> None:
        """Moves an order that is done into the history."""
        if self.orders.pop(order.ticket, None) is not None:
            self._pending.append(("DELETE FROM orders WHERE ticket = ?", (order.ticket,)))
        self.history_orders[order.ticket] = order
        self._put("history_orders", order)

    def add_deal(self, deal: Deal) -> None:
        """Adds a deal and books its money."""
        self.deals[deal.ticket] = deal
        self._put("deals", deal)
        if money := round(deal.profit + deal.swap + deal.commission, 2):
            self.set("balance", round(self.balance + money, 2))

    def _put(self, table: str, row: Position | Order | Deal) -> None:
        # Serialised now: the object may change again before the commit.
        statement = f"INSERT OR REPLACE INTO {table} VALUES (?, ?)"  # noqa: S608 - one of our own table names
        self._pending.append((statement, (row.ticket, json.dumps(asdict(row)))))

    def commit(self) -> None:
        """Puts all changes since the last commit on disk, together."""
        if not self._pending:
            return
        self._database.execute("BEGIN IMMEDIATE")
        for statement, values in self._pending:
            self._database.execute(statement, values)
        self._database.execute("COMMIT")
        self._pending.clear()

    def close(self) -> None:
        """Commits and closes the file."""
        self.commit()
        self._database.close()
