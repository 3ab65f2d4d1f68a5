"""The library: projects and their immutable versions, in the local store."""

import hashlib
import json
from datetime import UTC, datetime
from sqlite3 import Connection, Row
from uuid import UUID, uuid4

from agent_core.ea.events import LibraryChanged
from agent_core.ea.models import EaProject, EaVersion, VersionOrigin
from agent_core.events import EventBus
from agent_core.protocol.ea import MAX_SOURCE_CHARS, Brief, DiagnosticModel, VersionStatus
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import CompilePayload
from agent_core.store import Store
from agent_core.sync.event_log import EventLog

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ea_projects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    deleted_at TEXT
);
CREATE TABLE IF NOT EXISTS ea_versions (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES ea_projects (id),
    number INTEGER NOT NULL,
    source TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'draft',
    origin TEXT NOT NULL,
    diagnostics TEXT NOT NULL DEFAULT '[]',
    prompt TEXT,
    brief TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (project_id, number)
);
"""


def source_sha256(source: str) -> str:
    """Identity of a source text: hex SHA-256 of its UTF-8."""
    return hashlib.sha256(source.encode()).hexdigest()


class EaLibrary:
    """Projects and versions. A deleted project disappears from lists; its versions stay for what runs of them."""

    def __init__(self, store: Store, bus: EventBus, events: EventLog) -> None:
        self._store = store
        self._bus = bus
        self._events = events
        store.apply_schema(_SCHEMA)
        if all(column["name"] != "brief" for column in store.rows("PRAGMA table_info(ea_versions)")):
            store.execute("ALTER TABLE ea_versions ADD COLUMN brief TEXT")  # a store of an earlier release

    def projects(self) -> list[EaProject]:
        """Returns the projects, the newest first."""
        rows = self._store.rows("SELECT * FROM ea_projects WHERE deleted_at IS NULL ORDER BY created_at DESC")
        return [_project(row) for row in rows]

    def project(self, project_id: UUID) -> EaProject:
        """Returns a project, a deleted one too.

        Raises:
            ForexEliteError: it does not exist.
        """
        row = self._store.row("SELECT * FROM ea_projects WHERE id = ?", (str(project_id),))
        if row is None:
            raise ForexEliteError(ErrorCode.NOT_FOUND, "This project is not in the library.")
        return _project(row)

    def create_project(self, name: str, *, project_id: UUID | None = None) -> EaProject:
        """Adds a project. With an id that exists already, that project is returned.

        Raises:
            ForexEliteError: the name is empty or too long.
        """
        name = _checked_name(name)
        project = EaProject(id=project_id or uuid4(), name=name, created_at=datetime.now(UTC))
        with self._store.transaction():
            added = self._store.execute(
                "INSERT OR IGNORE INTO ea_projects (id, name, created_at) VALUES (?, ?, ?)",
                (str(project.id), name, project.created_at.isoformat()),
            )
            if not added:
                return self.project(project.id)
            self._project_saved(project)
        self._bus.publish(LibraryChanged())
        return project

    def rename_project(self, project_id: UUID, name: str) -> EaProject:
        """Gives a project another name.

        Raises:
            ForexEliteError: it does not exist, or the name is empty or too long.
        """
        self.project(project_id)
        with self._store.transaction():
            self._store.execute("UPDATE ea_projects SET name = ? WHERE id = ?", (_checked_name(name), str(project_id)))
            project = self.project(project_id)
            self._project_saved(project)
        self._bus.publish(LibraryChanged())
        return project

    def delete_project(self, project_id: UUID) -> None:
        """Takes a project out of the list.

        Raises:
            ForexEliteError: it does not exist.
        """
        project = self.project(project_id)
        with self._store.transaction():
            self._store.execute(
                "UPDATE ea_projects SET deleted_at = ? WHERE id = ?", (datetime.now(UTC).isoformat(), str(project.id))
            )
            self._events.append("project_saved", {"project_id": project.id, "name": project.name, "deleted": True})
        self._bus.publish(LibraryChanged())

    def versions(self, project_id: UUID) -> list[EaVersion]:
        """Returns a project's versions, the newest first."""
        rows = self._store.rows(
            "SELECT * FROM ea_versions WHERE project_id = ? ORDER BY number DESC", (str(project_id),)
        )
        return [_version(row) for row in rows]

    def version(self, version_id: UUID) -> EaVersion:
        """Returns a version.

        Raises:
            ForexEliteError: it does not exist.
        """
        row = self._store.row("SELECT * FROM ea_versions WHERE id = ?", (str(version_id),))
        if row is None:
            raise ForexEliteError(ErrorCode.NOT_FOUND, "This version is not in the library of this computer.")
        return _version(row)

    def save_version(
        self,
        project_id: UUID,
        source: str,
        *,
        origin: VersionOrigin = "manual",
        version_id: UUID | None = None,
        number: int | None = None,
        prompt: str | None = None,
        brief: Brief | None = None,
        diagnostics: tuple[DiagnosticModel, ...] = (),
        announce: bool = True,
    ) -> EaVersion:
        """Keeps a source as the next version; the same source as the latest returns the latest.

        Args:
            project_id: The project; it must exist.
            source: The whole source.
            origin: Who wrote it.
            version_id: Identity it has in the cloud already; a known one returns that version.
            number: Wished number; the next free one is taken if it is in use.
            prompt: What a model was asked.
            brief: What it understood.
            diagnostics: What the checker found.
            announce: Whether the cloud is told; not for what came from there.

        Raises:
            ForexEliteError: the project does not exist, or the source is empty or too long.
        """
        self.project(project_id)
        if not source.strip() or len(source) > MAX_SOURCE_CHARS:
            raise ForexEliteError(
                ErrorCode.VALIDATION_ERROR, f"A source needs 1 to {MAX_SOURCE_CHARS:,} characters.", field="source_code"
            )
        sha256 = source_sha256(source)
        with self._store.transaction() as connection:
            kept = _known(connection, project_id, version_id, sha256)
            if kept is not None:
                return kept
            version = EaVersion(
                id=version_id or uuid4(),
                project_id=project_id,
                number=_free_number(connection, project_id, number),
                source=source,
                sha256=sha256,
                status="draft",
                origin=origin,
                diagnostics=diagnostics,
                created_at=datetime.now(UTC),
                prompt=prompt,
                brief=brief,
            )
            _insert(connection, version)
            if announce:
                self._version_saved(version)
        self._bus.publish(LibraryChanged())
        return version

    def adopt(self, payload: CompilePayload) -> EaVersion:
        """Keeps a version the cloud sent, and its project, unless they are known.

        Raises:
            ForexEliteError: the source does not match its hash.
        """
        if source_sha256(payload.source_code) != payload.source_sha256:
            raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "The source was damaged on its way. Start the job again.")
        now = datetime.now(UTC).isoformat()
        self._store.execute(
            "INSERT OR IGNORE INTO ea_projects (id, name, created_at) VALUES (?, ?, ?)",
            (str(payload.project_id), payload.project_name, now),
        )
        return self.save_version(
            payload.project_id,
            payload.source_code,
            origin="generated",
            version_id=payload.version_id,
            number=payload.version_number,
            announce=False,
        )

    def set_result(self, version_id: UUID, status: VersionStatus, diagnostics: tuple[DiagnosticModel, ...]) -> None:
        """Notes what the compiler said about a version."""
        self._store.execute(
            "UPDATE ea_versions SET status = ?, diagnostics = ? WHERE id = ?",
            (status, _dump(diagnostics), str(version_id)),
        )
        self._bus.publish(LibraryChanged())

    def _project_saved(self, project: EaProject) -> None:
        self._events.append("project_saved", {"project_id": project.id, "name": project.name})

    def _version_saved(self, version: EaVersion) -> None:
        self._events.append(
            "version_saved",
            {
                "version_id": version.id,
                "project_id": version.project_id,
                "version_number": version.number,
                "source_code": version.source,
                "sha256": version.sha256,
                "origin": version.origin,
            },
            at=version.created_at,
        )


def _known(connection: Connection, project_id: UUID, version_id: UUID | None, sha256: str) -> EaVersion | None:
    if version_id is not None:
        row = connection.execute("SELECT * FROM ea_versions WHERE id = ?", (str(version_id),)).fetchone()
        return _version(row) if row else None
    row = connection.execute(
        "SELECT * FROM ea_versions WHERE project_id = ? ORDER BY number DESC LIMIT 1", (str(project_id),)
    ).fetchone()
    return _version(row) if row and row["sha256"] == sha256 else None


def _free_number(connection: Connection, project_id: UUID, wished: int | None) -> int:
    rows = connection.execute("SELECT number FROM ea_versions WHERE project_id = ?", (str(project_id),))
    taken = {row["number"] for row in rows}
    if wished is not None and wished not in taken:
        return wished
    return max(taken, default=0) + 1


def _insert(connection: Connection, version: EaVersion) -> None:
    connection.execute(
        "INSERT INTO ea_versions (id, project_id, number, source, sha256, status, origin, diagnostics, prompt, "
        "brief, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            str(version.id),
            str(version.project_id),
            version.number,
            version.source,
            version.sha256,
            version.status,
            version.origin,
            _dump(version.diagnostics),
            version.prompt,
            version.brief.model_dump_json() if version.brief else None,
            version.created_at.isoformat(),
        ),
    )


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 120:
        raise ForexEliteError(ErrorCode.VALIDATION_ERROR, "A project's name needs 1 to 120 characters.", field="name")
    return name


def _dump(diagnostics: tuple[DiagnosticModel, ...]) -> str:
    return json.dumps([diagnostic.model_dump() for diagnostic in diagnostics])


def _project(row: Row) -> EaProject:
    return EaProject(id=UUID(row["id"]), name=row["name"], created_at=datetime.fromisoformat(row["created_at"]))


def _version(row: Row) -> EaVersion:
    return EaVersion(
        id=UUID(row["id"]),
        project_id=UUID(row["project_id"]),
        number=row["number"],
        source=row["source"],
        sha256=row["sha256"],
        status=row["status"],
        origin=row["origin"],
        diagnostics=tuple(DiagnosticModel.model_validate(found) for found in json.loads(row["diagnostics"])),
        created_at=datetime.fromisoformat(row["created_at"]),
        prompt=row["prompt"],
        brief=Brief.model_validate_json(row["brief"]) if row["brief"] else None,
    )
