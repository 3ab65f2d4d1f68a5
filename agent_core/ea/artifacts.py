"""What a compile leaves: one folder a compile with source, .ex5, log, archive and a manifest with their hashes."""

import hashlib
import io
import json
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from agent_core.ea.files import replace_file, source_bytes
from agent_core.protocol.ea import ArtifactKind

_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class BuiltArtifact:
    """One file of a compile."""

    kind: ArtifactKind
    path: Path
    sha256: str
    size_bytes: int


class _FileEntry(BaseModel):
    model_config = ConfigDict(frozen=True)

    kind: ArtifactKind
    name: str
    sha256: str
    size_bytes: int


class Manifest(BaseModel):
    """`manifest.json` of a compile folder."""

    model_config = ConfigDict(frozen=True)

    source_sha256: str
    compiler: str
    includes_sha256: str
    success: bool
    compiled_at: datetime
    files: list[_FileEntry]


def program_stem(project_name: str, sha256: str) -> str:
    """Name of a version's program, and of its expert on a chart: readable, plain ASCII, unique by content."""
    plain = unicodedata.normalize("NFKD", project_name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:24].strip("_")
    return f"{slug or 'EA'}_{sha256[:16]}"


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes.

    Raises:
        OSError: it can't be read.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


class CompileFolders:
    """All compile folders of this computer; a good one is used again for the same source and compiler."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def prepare(self, stem: str, source: str) -> Path:
        """Makes a new folder with the source in it and returns the source's path."""
        made = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        path = self._root / f"{made}_{stem}" / f"{stem}.mq5"
        replace_file(path, source_bytes(source))
        return path

    def finish(
        self, source_path: Path, *, source_sha256: str, compiler: str, includes_sha256: str, success: bool
    ) -> list[BuiltArtifact]:
        """Packs the source, hashes everything and writes the manifest, last of all."""
        folder, stem = source_path.parent, source_path.stem
        archive = folder / f"{stem}.zip"
        replace_file(archive, _zip({source_path.name: source_path.read_bytes()}, source_sha256))
        named: list[tuple[ArtifactKind, Path]] = [("MQ5", source_path), ("SOURCE_ZIP", archive)]
        if success:
            named.append(("EX5", source_path.with_suffix(".ex5")))
        artifacts = [
            BuiltArtifact(kind=kind, path=path, sha256=file_sha256(path), size_bytes=path.stat().st_size)
            for kind, path in named
        ]
        manifest = Manifest(
            source_sha256=source_sha256,
            compiler=compiler,
            includes_sha256=includes_sha256,
            success=success,
            compiled_at=datetime.now(UTC),
            files=[
                _FileEntry(kind=made.kind, name=made.path.name, sha256=made.sha256, size_bytes=made.size_bytes)
                for made in artifacts
            ],
        )
        replace_file(folder / _MANIFEST, manifest.model_dump_json(indent=2).encode())
        return artifacts

    def find(self, stem: str, *, source_sha256: str, compiler: str, includes_sha256: str) -> list[BuiltArtifact]:
        """Returns the files of a successful compile of the same source by the same compiler, or nothing.

        Files that were changed since do not count.
        """
        for path in sorted(self._root.glob(f"*_{stem}/{_MANIFEST}"), reverse=True):
            manifest = _read_manifest(path)
            if manifest is None or not manifest.success:
                continue
            wanted = (source_sha256, compiler, includes_sha256)
            if (manifest.source_sha256, manifest.compiler, manifest.includes_sha256) != wanted:
                continue
            if found := _verified(path.parent, manifest):
                return found
        return []


def _read_manifest(path: Path) -> Manifest | None:
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _verified(folder: Path, manifest: Manifest) -> list[BuiltArtifact]:
    artifacts = []
    for entry in manifest.files:
        path = folder / entry.name
        if not path.is_file() or file_sha256(path) != entry.sha256:
            return []
        artifacts.append(BuiltArtifact(kind=entry.kind, path=path, sha256=entry.sha256, size_bytes=entry.size_bytes))
    return artifacts


def _zip(files: dict[str, bytes], source_sha256: str) -> bytes:
    """The same source always gives the same bytes: fixed time stamps, fixed order."""
    about: dict[str, Any] = {"source_sha256": source_sha256, "files": sorted(files)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*sorted(files.items()), ("about.json", json.dumps(about, indent=2).encode())]:
            archive.writestr(zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
