import json
import zipfile
from pathlib import Path

import pytest

from agent_core.ea.artifacts import BuiltArtifact, CompileFolders, file_sha256, program_stem

KEY = {"source_sha256": "a" * 64, "compiler": "10-20", "includes_sha256": "b" * 64}


def build(folders: CompileFolders, *, success: bool = True) -> list[BuiltArtifact]:
    source = folders.prepare("Größe_1", "int x; // ü")
    if success:
        source.with_suffix(".ex5").write_bytes(b"EX5\2")
    return folders.finish(source, success=success, **KEY)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Größe Test <x>", "Groe_Test_x_0123456789abcdef"),
        ("../../evil\\name", "evil_name_0123456789abcdef"),
        ("日本", "EA_0123456789abcdef"),
        ("x" * 60, "x" * 24 + "_0123456789abcdef"),
    ],
)
def test_names_of_programs_are_plain_and_unique(name: str, stem: str) -> None:
    assert program_stem(name, "0123456789abcdef" * 4) == stem


def test_a_compile_leaves_its_files_and_their_hashes(tmp_path: Path) -> None:
    built = build(CompileFolders(tmp_path / "ö c"))
    assert [made.kind for made in built] == ["MQ5", "SOURCE_ZIP", "EX5"]
    assert all(made.sha256 == file_sha256(made.path) and made.size_bytes > 0 for made in built)
    manifest = json.loads((built[0].path.parent / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["success"] is True
    assert [entry["sha256"] for entry in manifest["files"]] == [made.sha256 for made in built]
    with zipfile.ZipFile(built[1].path) as archive:
        assert archive.read(built[0].path.name).decode("utf-8-sig") == "int x; // ü"


def test_the_archive_depends_on_the_source_alone(tmp_path: Path) -> None:
    first, second = (build(CompileFolders(tmp_path / name))[1].sha256 for name in ("a", "b"))
    assert first == second


def test_a_good_compile_is_found_again(tmp_path: Path) -> None:
    folders = CompileFolders(tmp_path)
    assert folders.find("Größe_1", **KEY) == []
    built = build(folders)
    assert folders.find("Größe_1", **KEY) == built
    for name in KEY:
        assert folders.find("Größe_1", **{**KEY, name: "other"}) == []


def test_what_failed_or_was_touched_is_not_used(tmp_path: Path) -> None:
    folders = CompileFolders(tmp_path)
    build(folders, success=False)
    assert folders.find("Größe_1", **KEY) == []
    built = build(folders)
    built[2].path.write_bytes(b"other")
    assert folders.find("Größe_1", **KEY) == []
    (built[0].path.parent / "manifest.json").write_bytes(b"{ half")
    assert folders.find("Größe_1", **KEY) == []
