"""Client of the bridge EA: reads its status, sends commands and waits for their answers, all through files."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from agent_core.ea.bridge_protocol import (
    BRIDGE_FOLDER,
    STATUS_STALE_SECONDS,
    BridgeAck,
    BridgeCommand,
    BridgeStatus,
    EaHeartbeat,
)
from agent_core.ea.events import BridgeChanged
from agent_core.ea.files import replace_file
from agent_core.protocol.errors import ErrorCode, ForexEliteError

#: A command not taken within this time is refused by the bridge.
EXPIRY_SECONDS = 5
#: Starting an EA may take the bridge ten seconds after it took the command.
ANSWER_SECONDS = 20.0
_STEP_SECONDS = 0.03
_KEEP_SECONDS = 86_400

_Model = TypeVar("_Model", bound=BaseModel)


class BridgeClient:
    """The bridge of one terminal.

    Args:
        data_folder: The terminal's data folder.
    """

    def __init__(self, data_folder: Path) -> None:
        self._folder = data_folder / "MQL5" / "Files" / BRIDGE_FOLDER

    def prepare(self) -> None:
        """Creates the folders and forgets answers and templates older than a day.

        Raises:
            OSError: the terminal's folder can't be written.
        """
        for name in ("cmd", "ack", "evt", "tpl"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        oldest = time.time() - _KEEP_SECONDS
        for path in [*self._folder.glob("ack/*"), *self._folder.glob("cmd/*")]:
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def seen(self) -> bool:
        """Whether a bridge ever wrote its status here; one that is being replaced counts."""
        # Between the first two looks the draft may have taken the status' place.
        return any((self._folder / name).exists() for name in ("status.json", "status.tmp", "status.json"))

    def status(self) -> BridgeStatus | None:
        """Returns the bridge's last status, or None if there is none or it is being written."""
        return _read(self._folder / "status.json", BridgeStatus)

    def heartbeat(self, instance: str) -> EaHeartbeat | None:
        """Returns an EA's last heartbeat, or None if there is none or it is being written."""
        return _read(self._folder / "evt" / f"hb_{instance}.json", EaHeartbeat)

    def forget_heartbeat(self, instance: str) -> None:
        """Removes an old heartbeat, so that the next one is a new start's."""
        with suppress(OSError):  # it is old by its time stamp too
            (self._folder / "evt" / f"hb_{instance}.json").unlink(missing_ok=True)

    def write_template(self, instance: str, data: bytes) -> str:
        """Writes an instance's template and returns the name the bridge knows it by.

        Raises:
            ForexEliteError: the terminal's folder can't be written.
        """
        name = f"{instance}.tpl"
        try:
            replace_file(self._folder / "tpl" / name, data)
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        return name

    async def command(
        self, kind: str, *, expiry: int = EXPIRY_SECONDS, answer: float = ANSWER_SECONDS, **fields: str
    ) -> BridgeAck:
        """Sends a command and returns the bridge's answer. It is carried out once or, after `expiry`, never.

        Args:
            kind: One of the kinds of `BridgeCommand`.
            expiry: Seconds within which the bridge must have read it.
            answer: Seconds within which the answer must have come.
            fields: What the kind needs.

        Raises:
            ForexEliteError: no answer came, or the bridge refused.
        """
        command = BridgeCommand(
            id=f"{time.time_ns():020d}-{uuid4().hex[:12]}",
            kind=kind,
            expires=str(int(time.time()) + expiry),
            **fields,
        )
        sent = self._folder / "cmd" / f"{command.id}.json"
        ack_path = self._folder / "ack" / f"{command.id}.json"
        try:
            await asyncio.to_thread(replace_file, sent, command.model_dump_json().encode())
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        deadline = time.monotonic() + answer
        not_taken_after = time.monotonic() + expiry + 1.0
        while True:
            ack = await asyncio.to_thread(_read, ack_path, BridgeAck)
            if ack is not None:
                break
            now = time.monotonic()
            if now > deadline or (now > not_taken_after and sent.exists()):
                sent.unlink(missing_ok=True)
                raise _no_answer()
            await asyncio.sleep(_STEP_SECONDS)
        if not sent.exists():
            ack_path.unlink(missing_ok=True)
        if not ack.ok:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, ack.error or "The bridge in MetaTrader refused.")
        return ack


def judge_bridge(status: BridgeStatus | None, now: datetime) -> BridgeChanged:
    """Says from its last status how the bridge is."""
    if status is None:
        return BridgeChanged(
            state="missing",
            detail="The bridge is not installed in this terminal. Install it in Settings to run EAs from here.",
        )
    age = max(0.0, now.timestamp() - status.ts_utc)
    if age > STATUS_STALE_SECONDS:
        return BridgeChanged(
            state="lost",
            detail="The bridge in MetaTrader gives no sign of life. See whether MetaTrader runs and its FEPBridge "
            "chart is open.",
            age_seconds=age,
            status=status,
        )
    if not (status.terminal_trade_allowed and status.mql_trade_allowed):
        return BridgeChanged(
            state="trading_off",
            detail="EAs may not trade: turn on Algo Trading in MetaTrader's toolbar.",
            age_seconds=age,
            status=status,
        )
    return BridgeChanged(state="connected", age_seconds=age, status=status)


def beat_time(beat: EaHeartbeat) -> datetime:
    """When a heartbeat was written."""
    return datetime.fromtimestamp(beat.ts_utc, UTC)


def _read(path: Path, model: type[_Model]) -> _Model | None:
    """A file that is missing, half-written or locked for a moment is no news; the next look sees it whole."""
    try:
        return model.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _unwritable(folder: Path, error: OSError) -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.BROKER_UNAVAILABLE,
        f"The terminal's folder {folder} can't be written ({error.strerror}). Check its permissions and the free "
        "space, then try again.",
    )


def _no_answer() -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.BROKER_UNAVAILABLE,
        "The bridge in MetaTrader does not answer. See whether MetaTrader runs and its FEPBridge chart is open, "
        "then try again.",
    )
