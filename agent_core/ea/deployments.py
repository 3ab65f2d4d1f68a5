"""Deployments and their logs in the local store; each change goes to the bus and the event log."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Row
from typing import Any
from uuid import UUID

from agent_core.ea.events import DeploymentChanged, EaLogged
from agent_core.ea.models import EaDeployment, EaLogLine, LogLevel
from agent_core.events import EventBus
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.store import Store
from agent_core.sync.event_log import EventLog

MAX_LOG_LINES = 5000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ea_deployments (
    id TEXT PRIMARY KEY,
    version_id TEXT NOT NULL REFERENCES ea_versions (id),
    terminal TEXT NOT NULL,
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    inputs TEXT NOT NULL,
    allow_trading INTEGER NOT NULL,
    expert TEXT NOT NULL,
    ex5_sha256 TEXT NOT NULL,
    status TEXT NOT NULL,
    desired TEXT NOT NULL,
    last_error TEXT,
    created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS ea_logs (
    id INTEGER PRIMARY KEY,
    deployment_id TEXT NOT NULL REFERENCES ea_deployments (id),
    at TEXT NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ea_logs_deployment ON ea_logs (deployment_id, id);
CREATE TABLE IF NOT EXISTS ea_journal_positions (folder TEXT PRIMARY KEY, position TEXT NOT NULL);
"""

_SELECT = (
    "SELECT d.*, v.number AS version_number, p.name AS project_name FROM ea_deployments d "
    "JOIN ea_versions v ON v.id = d.version_id JOIN ea_projects p ON p.id = v.project_id "
)


class Deployments:
    """All deployments of this computer.

    Heartbeats are kept in memory alone: after a restart the files tell them anew.
    """

    def __init__(self, store: Store, bus: EventBus, events: EventLog) -> None:
        self._store = store
        self._bus = bus
        self._events = events
        store.apply_schema(_SCHEMA)
        rows = store.rows(_SELECT + "ORDER BY d.created_at")
        self._known = {UUID(row["id"]): _deployment(row) for row in rows}
        self._terminals = {UUID(row["id"]): str(row["terminal"]) for row in rows}

    def all(self) -> list[EaDeployment]:
        """Returns the deployments, the newest first."""
        return sorted(self._known.values(), key=lambda found: found.created_at, reverse=True)

    def of_terminal(self, terminal: str) -> list[EaDeployment]:
        """Returns the deployments made into one terminal (its data folder's path)."""
        return [found for found in self._known.values() if self._terminals[found.id] == terminal]

    def terminal_of(self, deployment_id: UUID) -> Path:
        """Data folder of the terminal that a deployment was made into."""
        return Path(self._terminals[deployment_id])

    def find(self, deployment_id: UUID) -> EaDeployment | None:
        """Returns a deployment if it exists."""
        return self._known.get(deployment_id)

    def get(self, deployment_id: UUID) -> EaDeployment:
        """Returns a deployment.

        Raises:
            ForexEliteError: it does not exist.
        """
        found = self._known.get(deployment_id)
        if found is None:
            raise ForexEliteError(ErrorCode.NOT_FOUND, "This deployment is not on this computer. Deploy it first.")
        return found

    def put(self, deployment: EaDeployment, *, terminal: str, ex5_sha256: str) -> EaDeployment:
        """Keeps a new deployment, or one that was deployed anew."""
        self._store.execute(
            "INSERT INTO ea_deployments (id, version_id, terminal, symbol, timeframe, inputs, allow_trading, expert, "
            "ex5_sha256, status, desired, last_error, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET version_id = excluded.version_id, terminal = excluded.terminal, "
            "symbol = excluded.symbol, timeframe = excluded.timeframe, inputs = excluded.inputs, "
            "allow_trading = excluded.allow_trading, expert = excluded.expert, ex5_sha256 = excluded.ex5_sha256, "
            "status = excluded.status, desired = excluded.desired, last_error = excluded.last_error",
            (
                str(deployment.id),
                str(deployment.version_id),
                terminal,
                deployment.symbol,
                deployment.timeframe,
                json.dumps(deployment.inputs),
                deployment.allow_trading,
                deployment.expert,
                ex5_sha256,
                deployment.status,
                deployment.desired,
                deployment.last_error,
                deployment.created_at.isoformat(),
            ),
        )
        self._terminals[deployment.id] = terminal
        return self._changed(deployment)

    def update(self, deployment_id: UUID, **changes: Any) -> EaDeployment:
        """Changes status, desired, last_error, beat or last_beat of a deployment.

        What is seen each second is told to the bus; the event log hears of changes alone.
        """
        before = self.get(deployment_id)
        after = replace(before, **changes)
        if after == before:
            return before
        kept = ("status", "desired", "last_error")
        if all(getattr(after, name) == getattr(before, name) for name in kept):
            self._known[after.id] = after
            self._bus.publish(DeploymentChanged(after))
            return after
        self._store.execute(
            "UPDATE ea_deployments SET status = ?, desired = ?, last_error = ? WHERE id = ?",
            (after.status, after.desired, after.last_error, str(after.id)),
        )
        return self._changed(after)

    def ex5_sha256(self, deployment_id: UUID) -> str:
        """Returns the hash of the program that was deployed."""
        row = self._store.row("SELECT ex5_sha256 FROM ea_deployments WHERE id = ?", (str(deployment_id),))
        return str(row["ex5_sha256"]) if row else ""

    def set_ex5_sha256(self, deployment_id: UUID, sha256: str) -> None:
        """Notes that the program was put into the terminal anew."""
        self._store.execute("UPDATE ea_deployments SET ex5_sha256 = ? WHERE id = ?", (sha256, str(deployment_id)))

    def add_logs(self, deployment_id: UUID, lines: Sequence[EaLogLine]) -> None:
        """Keeps lines; the oldest give way beyond `MAX_LOG_LINES` a deployment.

        Lines that a power cut takes are read again from the terminal's journal: the position goes with them.
        """
        with self._store.transaction(durable=False) as connection:
            connection.executemany(
                "INSERT INTO ea_logs (deployment_id, at, level, message) VALUES (?, ?, ?, ?)",
                [(str(deployment_id), line.at.isoformat(), line.level, line.message) for line in lines],
            )
            connection.execute(
                "DELETE FROM ea_logs WHERE deployment_id = ? AND id <= (SELECT id FROM ea_logs "
                "WHERE deployment_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (str(deployment_id), str(deployment_id), MAX_LOG_LINES),
            )
        self._events.append_all(
            "ea_log",
            [
                (line.at, {"deployment_id": deployment_id, "level": line.level, "message": line.message})
                for line in lines
            ],
        )
        for line in lines:
            self._bus.publish(EaLogged(deployment_id, line.at, line.level, line.message))

    def logs(self, deployment_id: UUID, limit: int = 500) -> list[EaLogLine]:
        """Returns the newest lines, oldest first."""
        rows = self._store.rows(
            "SELECT at, level, message FROM ea_logs WHERE deployment_id = ? ORDER BY id DESC LIMIT ?",
            (str(deployment_id), limit),
        )
        lines: list[EaLogLine] = []
        for row in reversed(rows):
            level: LogLevel = row["level"]
            lines.append(EaLogLine(at=datetime.fromisoformat(row["at"]), level=level, message=row["message"]))
        return lines

    def journal_position(self, folder: str) -> str | None:
        """Returns where reading a folder of journals stopped."""
        row = self._store.row("SELECT position FROM ea_journal_positions WHERE folder = ?", (folder,))
        return str(row["position"]) if row else None

    def keep_journal_position(self, folder: str, position: str) -> None:
        """Notes where reading a folder of journals stopped."""
        self._store.execute(
            "INSERT INTO ea_journal_positions VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position",
            (folder, position),
            durable=False,
        )
        self._store.secure_soon()

    def _changed(self, deployment: EaDeployment) -> EaDeployment:
        self._known[deployment.id] = deployment
        self._events.append(
            "deployment_status",
            {
                "deployment_id": deployment.id,
                "version_id": deployment.version_id,
                "symbol": deployment.symbol,
                "timeframe": deployment.timeframe,
                "status": deployment.status,
                "last_error": deployment.last_error,
                "inputs": deployment.inputs,
                "allow_trading": deployment.allow_trading,
            },
        )
        self._bus.publish(DeploymentChanged(deployment))
        return deployment


def _deployment(row: Row) -> EaDeployment:
    return EaDeployment(
        id=UUID(row["id"]),
        version_id=UUID(row["version_id"]),
        project_name=row["project_name"],
        version_number=row["version_number"],
        symbol=row["symbol"],
        timeframe=row["timeframe"],
        status=row["status"],
        desired=row["desired"],
        allow_trading=bool(row["allow_trading"]),
        inputs=json.loads(row["inputs"]),
        expert=row["expert"],
        created_at=datetime.fromisoformat(row["created_at"]).astimezone(UTC),
        last_error=row["last_error"],
    )
