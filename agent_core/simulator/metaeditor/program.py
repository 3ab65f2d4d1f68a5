"""Compiled programs: what the simulated .ex5 holds."""

import json
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from agent_core.simulator.build import BUILD

_HEADER = struct.Struct("<4sHH")
_MAGIC = b"EX5\x02"
_FORMAT = 0x0071


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled program: its source, and the include files it was built with, as written."""

    source: str
    includes: tuple[str, ...]

    @property
    def has_heartbeat(self) -> bool:
        """Whether it includes ForexElite/Heartbeat.mqh."""
        return any(name.replace("\\", "/").lower() == "forexelite/heartbeat.mqh" for name in self.includes)

    def to_bytes(self) -> bytes:
        """Content of the .ex5 file."""
        content = json.dumps({"source": self.source, "includes": self.includes}).encode()
        return _HEADER.pack(_MAGIC, _FORMAT, BUILD) + zlib.compress(content)


def load_program(path: Path) -> Program | None:
    """Reads an .ex5 file; None if it is none, or damaged."""
    try:
        data = path.read_bytes()
        magic, _, _ = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            return None
        content = json.loads(zlib.decompress(data[_HEADER.size :]))
        return Program(content["source"], tuple(content["includes"]))
    except (OSError, ValueError, KeyError, struct.error, zlib.error):
        return None
