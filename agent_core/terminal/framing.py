"""Messages between the agent and the terminal host: a JSON head and raw bytes, both length-prefixed.

One message is two big-endian 32-bit lengths, then the head (UTF-8 JSON object), then the body (array data).
Unlike pickle, reading a message can't run code.
"""

import json
import struct
from typing import Any, BinaryIO

_LENGTHS = struct.Struct(">II")
MAX_HEAD = 64 * 1024 * 1024
MAX_BODY = 256 * 1024 * 1024


def write_message(stream: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Writes and flushes one message."""
    encoded = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    stream.write(_LENGTHS.pack(len(encoded), len(body)) + encoded + body)
    stream.flush()


def read_message(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Reads one message, blocking.

    Raises:
        EOFError: the other side has gone, or what it wrote is no message.
    """
    head_length, body_length = _LENGTHS.unpack(_read_exactly(stream, _LENGTHS.size))
    if head_length > MAX_HEAD or body_length > MAX_BODY:
        raise EOFError("the message is too long to be one")
    try:
        head = json.loads(_read_exactly(stream, head_length))
    except ValueError as error:
        raise EOFError("the message's head is not JSON") from error
    if not isinstance(head, dict):
        raise EOFError("the message's head is not an object")
    return head, _read_exactly(stream, body_length)


def _read_exactly(stream: BinaryIO, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        chunk = stream.read(length - len(data))
        if not chunk:
            raise EOFError("the other side has closed the pipe")
        data += chunk
    return bytes(data)
