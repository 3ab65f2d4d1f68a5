"""The product's own MQL5 files: the heartbeat include and the bridge's source, taken along into a terminal."""

import hashlib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from agent_core.ea.files import replace_file


def mql5_resource(*parts: str) -> Traversable:
    """Returns a file or folder below `resources/mql5`."""
    return resources.files("resources").joinpath("mql5", *parts)


def own_includes() -> dict[str, bytes]:
    """Returns our include files: path below `Include` → content."""
    folder = mql5_resource("Include", "ForexElite")
    return {
        f"ForexElite/{found.name}": found.read_bytes()
        for found in sorted(folder.iterdir(), key=lambda found: found.name)
        if found.name.endswith(".mqh")
    }


def includes_sha256() -> str:
    """Identity of our include files; a compile is only reused while they are the same."""
    digest = hashlib.sha256()
    for name, data in own_includes().items():
        digest.update(name.encode() + b"\0" + data + b"\0")
    return digest.hexdigest()


def install_includes(data_folder: Path) -> None:
    """Copies our include files into a terminal's `MQL5/Include`, where they differ.

    Raises:
        OSError: the folder can't be written.
    """
    for name, data in own_includes().items():
        target = data_folder / "MQL5" / "Include" / name
        if not target.exists() or target.read_bytes() != data:
            replace_file(target, data)
