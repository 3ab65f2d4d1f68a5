"""The command line, and where the window keeps its data."""

import os
from pathlib import Path

import pytest

from app.main import choose_platform
from app.options import data_folder, demo_folder, parse


def test_a_tour_or_quotes_are_a_demo(tmp_path: Path) -> None:
    quotes = tmp_path / "day.zip"
    quotes.touch()
    assert not parse([])[0].demo
    assert parse(["--tour", "out"])[0].demo
    assert parse(["--quotes", str(quotes)])[0].demo


def test_qt_keeps_its_own_options() -> None:
    options, rest = parse(["--size", "1280x800", "-platform", "offscreen"])
    assert options.size == (1280, 800)
    assert rest == ["-platform", "offscreen"]


@pytest.mark.parametrize("arguments", [["--quotes", "nowhere.zip"], ["--no-such-thing"], ["--size", "big"]])
def test_mistakes_end_with_a_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)
    assert "forexelite: error:" in capsys.readouterr().err


def test_each_demo_keeps_to_its_own_folder(tmp_path: Path) -> None:
    plain, _ = parse(["--data", str(tmp_path)])
    demo, _ = parse(["--demo", "--data", str(tmp_path)])
    assert data_folder(plain) == tmp_path
    assert data_folder(demo) == demo_folder(demo) / "agent" == tmp_path.resolve() / "agent"


@pytest.mark.skipif(os.name == "nt", reason="Windows always has a display")
def test_without_a_display_the_window_is_drawn_offscreen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    choose_platform([])
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
    assert capsys.readouterr().out.count("\n") == 1
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setenv("DISPLAY", ":0")
    choose_platform([])
    assert "QT_QPA_PLATFORM" not in os.environ
