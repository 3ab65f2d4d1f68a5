from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from agent_core.ea.events import LibraryChanged
from agent_core.ea.library import EaLibrary, source_sha256
from agent_core.events import EventBus
from agent_core.protocol.ea import MAX_SOURCE_CHARS, DiagnosticModel
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.jobs import CompilePayload
from agent_core.store import Store
from agent_core.sync.event_log import EventLog


class Place:
    """A library in a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "agent.db")
        self.bus = EventBus()
        self.events = EventLog(self.store)
        self.library = EaLibrary(self.store, self.bus, self.events)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events.pending()]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.store.close()


def test_versions_count_up_and_never_change(place: Place) -> None:
    project = place.library.create_project("  Größe ")
    assert project.name == "Größe"
    first = place.library.save_version(project.id, "int a;")
    assert place.library.save_version(project.id, "int a;") == first
    second = place.library.save_version(project.id, "int b; // ü", prompt="b please")
    assert [found.number for found in place.library.versions(project.id)] == [2, 1]
    assert place.library.version(second.id) == second
    assert second.sha256 == source_sha256("int b; // ü")
    assert place.kinds() == ["project_saved", "version_saved", "version_saved"]
    assert place.events.pending()[2].data["source_code"] == "int b; // ü"


def test_the_cloud_names_what_it_has(place: Place) -> None:
    project_id, version_id = uuid4(), uuid4()
    project = place.library.create_project("Trend", project_id=project_id)
    assert place.library.create_project("Other", project_id=project_id) == project
    version = place.library.save_version(project_id, "int a;", version_id=version_id, number=7, origin="generated")
    assert (version.id, version.number, version.origin) == (version_id, 7, "generated")
    assert place.library.save_version(project_id, "int other;", version_id=version_id) == version
    assert place.library.save_version(project_id, "int b;", number=7).number == 8


def test_a_version_from_a_job_is_kept_without_telling_the_cloud(place: Place) -> None:
    payload = CompilePayload(
        version_id=uuid4(), project_id=uuid4(), project_name="Cloud", version_number=3, source_code="int a;",
        source_sha256=source_sha256("int a;"),
    )  # fmt: skip
    version = place.library.adopt(payload)
    assert place.library.adopt(payload) == version
    assert (version.number, place.library.project(payload.project_id).name, place.kinds()) == (3, "Cloud", [])
    with pytest.raises(ForexEliteError, match="damaged"):
        place.library.adopt(payload.model_copy(update={"source_sha256": "0" * 64}))


def test_rename_and_delete(place: Place) -> None:
    project = place.library.create_project("A")
    version = place.library.save_version(project.id, "int a;")
    assert place.library.rename_project(project.id, "B").name == "B"
    place.library.delete_project(project.id)
    assert place.library.projects() == []
    assert place.library.version(version.id) == version


@pytest.mark.parametrize("name", ["", "  ", "x" * 121])
def test_names_have_a_size(place: Place, name: str) -> None:
    with pytest.raises(ForexEliteError) as refused:
        place.library.create_project(name)
    assert (refused.value.code, refused.value.field) == (ErrorCode.VALIDATION_ERROR, "name")


def test_sources_have_a_size_and_a_project(place: Place) -> None:
    project = place.library.create_project("A")
    for source in ("", " \n", "x" * (MAX_SOURCE_CHARS + 1)):
        with pytest.raises(ForexEliteError, match="A source needs"):
            place.library.save_version(project.id, source)
    with pytest.raises(ForexEliteError) as refused:
        place.library.save_version(uuid4(), "x")
    assert refused.value.code is ErrorCode.NOT_FOUND
    with pytest.raises(ForexEliteError, match="not in the library"):
        place.library.version(uuid4())


def test_a_result_is_kept_over_a_restart(place: Place, tmp_path: Path) -> None:
    heard: list[LibraryChanged] = []
    keep = place.bus.subscribe(LibraryChanged, heard.append)
    project = place.library.create_project("A")
    version = place.library.save_version(project.id, "int a;")
    finding = DiagnosticModel(line=1, column=2, severity="error", code=5, message="ü", origin="metaeditor")
    place.library.set_result(version.id, "error", (finding,))
    other = Place(tmp_path)
    again = other.library.version(version.id)
    other.store.close()
    assert (again.status, again.diagnostics, len(heard)) == ("error", (finding,), 3)
    assert keep is not None


def test_a_crash_between_a_version_and_its_announcement_keeps_neither(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = place.library.create_project("Trend")

    class Crash(Exception):  # noqa: N818
        """The process dies here."""

    def crash(*_: object, **__: object) -> int:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(place.events, "append", crash)
        with pytest.raises(Crash):
            place.library.save_version(project.id, "int a;")
        with pytest.raises(Crash):
            place.library.rename_project(project.id, "Other")
    assert place.library.versions(project.id) == []
    assert place.library.project(project.id).name == "Trend"
    saved = place.library.save_version(project.id, "int a;")
    assert [event.data.get("version_id") for event in place.events.pending()][1:] == [str(saved.id)]
