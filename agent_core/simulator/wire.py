"""Messages between mt5.py, `control` and the terminal process: length, JSON head, raw bytes of an array.

    u32 total length | u32 head length | head (JSON, UTF-8) | array bytes

A request's head is [function, arguments]; the first one of a connection is ["hello", [key]]. An answer's head is
[code, text, kind, value]: the last error, and "value", "records", "rates" or "ticks".
"""

import json
import struct
from pathlib import Path
from typing import Any

from agent_core.replacing import move_over
from agent_core.simulator.layout import Layout

_HEADER = struct.Struct("<II")
HEADER_SIZE = _HEADER.size


def pack(head: Any, body: bytes = b"") -> bytes:
    """One message."""
    text = json.dumps(head, separators=(",", ":")).encode()
    return _HEADER.pack(len(text) + len(body), len(text)) + text + body


def sizes(header: bytes) -> tuple[int, int]:
    """Bytes that follow the header, and how many of them are the head."""
    total, head = _HEADER.unpack(header)
    return total, head


def unpack(payload: bytes, head_size: int) -> tuple[Any, bytes]:
    """Head and body of a message without its header."""
    return json.loads(payload[:head_size]), payload[head_size:]


def read_address(layout: Layout) -> tuple[int, str] | None:
    """Port and key of the terminal that runs, or ran last, on a data folder."""
    try:
        content = json.loads(layout.ipc_file.read_text(encoding="utf-8"))
        return int(content["port"]), str(content["key"])
    except (OSError, ValueError, KeyError):
        return None


def write_address(layout: Layout, port: int, key: str) -> None:
    """Says where the terminal listens."""
    temporary: Path = layout.ipc_file.with_suffix(".tmp")
    temporary.write_text(json.dumps({"port": port, "key": key}), encoding="utf-8")
    move_over(temporary, layout.ipc_file)
