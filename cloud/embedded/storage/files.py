"""Objects' bytes on disk, one file a version, named by the version alone so that no key becomes a path."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A version's bytes: name of the version, length in bytes and MD5 as an entity tag."""

    version: str
    size: int
    etag: str


class ObjectFiles:
    """The folder of all versions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, version: str) -> Path:
        """Where a version's bytes lie."""
        return self._folder / version[:2] / version

    async def write(self, chunks: AsyncIterator[bytes], limit: int | None) -> StoredFile | None:
        """Writes a new version; None if it is larger than the limit, and then nothing stays."""
        version = str(uuid4())
        path = self.path(version)
        path.parent.mkdir(exist_ok=True)
        digest, size = hashlib.md5(usedforsecurity=False), 0
        with path.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if limit is not None and size > limit:
                    break
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        if limit is not None and size > limit:
            path.unlink()
            return None
        return StoredFile(version, size, f'"{digest.hexdigest()}"')

    async def copy(self, version: str) -> str:
        """Copies a version and returns the new one's name."""
        new = str(uuid4())
        self.path(new).parent.mkdir(exist_ok=True)
        await asyncio.to_thread(shutil.copyfile, self.path(version), self.path(new))
        return new

    def remove(self, *versions: str | None) -> None:
        """Removes versions; missing ones are no error."""
        for version in versions:
            if version is not None:
                self.path(version).unlink(missing_ok=True)
