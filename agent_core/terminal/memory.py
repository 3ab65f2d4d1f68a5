"""What is remembered about terminals between two starts: the last one connected, the clock of each server."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agent_core.store import Store
from agent_core.terminal.models import TerminalInstall
from agent_core.terminal.week_offsets import WeekOffsets

_SCHEMA = "CREATE TABLE IF NOT EXISTS terminal_memory (name TEXT PRIMARY KEY, value TEXT NOT NULL);"


class TerminalMemory:
    """Small facts by name, in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.apply_schema(_SCHEMA)

    @property
    def install(self) -> TerminalInstall | None:
        """The terminal connected last."""
        value = self._get("install")
        if value is None:
            return None
        return TerminalInstall(
            executable=Path(value["executable"]),
            data_folder=Path(value["data_folder"]),
            portable=value["portable"],
            running=False,
            name=value["name"],
            wine_prefix=Path(value["wine_prefix"]) if value.get("wine_prefix") else None,
        )

    @install.setter
    def install(self, install: TerminalInstall) -> None:
        self._set("install", {key: str(v) if isinstance(v, Path) else v for key, v in asdict(install).items()})

    def offset(self, server: str) -> int | None:
        """Measured offset of a server's clock in seconds, if it ever was measured."""
        value: int | None = self._get(f"offset:{server}")
        return value

    def set_offset(self, server: str, offset: int) -> None:
        """Keeps a measured offset."""
        self._set(f"offset:{server}", offset)

    def symbols(self, server: str) -> dict[str, str]:
        """The user's own choices of a server's symbols: canonical name → broker's name."""
        return dict(self._get(f"symbols:{server}") or {})

    def set_symbols(self, server: str, chosen: Mapping[str, str]) -> None:
        """Keeps the user's choices."""
        self._set(f"symbols:{server}", dict(chosen))

    def weeks(self, server: str) -> WeekOffsets:
        """Offsets of a server's clock in past weeks, as they were read last."""
        value = self._get(f"weeks:{server}")
        return WeekOffsets() if value is None else WeekOffsets(tuple(value[0]), tuple(value[1]))

    def set_weeks(self, server: str, weeks: WeekOffsets) -> None:
        """Keeps offsets of past weeks."""
        self._set(f"weeks:{server}", [weeks.opens, weeks.offsets])

    def agreed_account(self, data_folder: Path) -> tuple[int, str] | None:
        """Number and server of the account that the trader agreed to trade in a terminal, if any."""
        value = self._get(f"account:{data_folder}")
        return None if value is None else (value[0], value[1])

    def set_agreed_account(self, data_folder: Path, login: int, server: str) -> None:
        """Keeps the account that the trader agreed to trade in a terminal."""
        self._set(f"account:{data_folder}", [login, server])

    def last_deal(self, login: int, server: str) -> int | None:
        """Ticket of the newest deal seen on an account, if one ever was looked at."""
        value: int | None = self._get(f"deal:{login}@{server}")
        return value

    def set_last_deal(self, login: int, server: str, ticket: int) -> None:
        """Keeps the newest deal's ticket; a power cut takes it together with the facts of those deals."""
        self._set(f"deal:{login}@{server}", ticket, durable=False)

    def _get(self, name: str) -> Any:
        row = self._store.row("SELECT value FROM terminal_memory WHERE name = ?", (name,))
        return None if row is None else json.loads(row["value"])

    def _set(self, name: str, value: Any, *, durable: bool = True) -> None:
        self._store.execute(
            "INSERT OR REPLACE INTO terminal_memory (name, value) VALUES (?, ?)",
            (name, json.dumps(value)),
            durable=durable,
        )
