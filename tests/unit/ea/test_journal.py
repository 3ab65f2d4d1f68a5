from datetime import date
from pathlib import Path

import pytest

from agent_core.ea.journal import JournalTail, expert_of, parse_line

DAY = date(2026, 3, 4)


def line(clock: str, source: str, message: str, severity: int = 0) -> str:
    return f"AB\t{severity}\t{clock}\t{source}\t{message}\r\n"


def add(path: Path, text: str) -> None:
    with path.open("ab") as stream:
        if stream.tell() == 0:
            stream.write(b"\xff\xfe")
        stream.write(text.encode("utf-16-le"))


def test_lines_of_experts_and_of_the_terminal() -> None:
    own = parse_line("KL\t3\t10:00:00.123\tTrend_1 (EURUSD.m,H1)\tcannot open\tfile", DAY)
    assert own is not None
    assert (own.level, own.message) == ("error", "cannot open\tfile")
    found = expert_of(own)
    assert found is not None
    assert (found.name, found.symbol, found.timeframe) == ("Trend_1", "EURUSD.m", "H1")
    loaded = parse_line("KL\t0\t10:00:00.123\tExperts\texpert Trend_1 (EURUSD,M5) loaded successfully", DAY)
    assert loaded is not None
    assert expert_of(loaded) is not None
    failed = parse_line("KL\t2\t10:00:00.123\tExperts\tinitializing of Trend_1 (EURUSD,M5) failed with code 1", DAY)
    assert failed is not None
    about = expert_of(failed)
    assert about is not None
    assert about.name == "Trend_1"
    other = parse_line("KL\t0\t10:00:00.123\tNetwork\tsynchronized", DAY)
    assert other is not None
    assert expert_of(other) is None


@pytest.mark.parametrize(
    "message",
    [
        "expert Trend_1 (EURUSD,M5) loaded successfully",
        "Experte Trend_1 (EURUSD,M5) wurde erfolgreich geladen",
        "эксперт Trend_1 (EURUSD,M5) успешно загружен",
        "成功加载 Trend_1 (EURUSD,M5)",
    ],
)
def test_who_a_line_is_about_is_seen_in_any_language(message: str) -> None:
    said = parse_line(f"KL\t0\t10:00:00.123\tExperts\t{message}", DAY)
    assert said is not None
    about = expert_of(said)
    assert about is not None
    assert (about.name, about.symbol, about.timeframe) == ("Trend_1", "EURUSD", "M5")


@pytest.mark.parametrize("text", ["", "a\tb", "AB\t0\tnoon\tx\ty"])
def test_what_is_no_line_is_passed_over(text: str) -> None:
    assert parse_line(text, DAY) is None


def test_only_what_is_new_and_whole_is_read(tmp_path: Path) -> None:
    today = tmp_path / "20260304.log"
    add(today, line("09:00:00.000", "A (EURUSD,H1)", "old"))
    (tmp_path / "metaeditor.log").write_bytes(b"\xff\xfex\0")
    tail = JournalTail(tmp_path)
    assert tail.read() == []
    add(today, line("10:00:00.000", "A (EURUSD,H1)", "neu ü ਊ") + "AB\t0\t10:00:")
    assert [found.message for found in tail.read()] == ["neu ü ਊ"]
    add(today, "01.000\tA (EURUSD,H1)\trest\r")
    assert tail.read() == []
    add(today, "\n")
    assert [found.message for found in tail.read()] == ["rest"]


def test_a_torn_character_is_waited_for(tmp_path: Path) -> None:
    today = tmp_path / "20260304.log"
    tail = JournalTail(tmp_path)
    data = b"\xff\xfe" + line("10:00:00.000", "A (EURUSD,H1)", "x").encode("utf-16-le")
    today.write_bytes(data[:-1])
    assert tail.read() == []
    today.write_bytes(data)
    assert [found.message for found in tail.read()] == ["x"]


def test_midnight_loses_nothing(tmp_path: Path) -> None:
    add(tmp_path / "20260304.log", line("23:59:00.000", "A (EURUSD,H1)", "seen"))
    tail = JournalTail(tmp_path)
    add(tmp_path / "20260304.log", line("23:59:59.999", "A (EURUSD,H1)", "late"))
    add(tmp_path / "20260305.log", line("00:00:00.001", "A (EURUSD,H1)", "early"))
    found = tail.read()
    assert [one.message for one in found] == ["late", "early"]
    assert found[1].at > found[0].at


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    today = tmp_path / "20260304.log"
    add(today, line("10:00:00.000", "A (EURUSD,H1)", "one"))
    position = JournalTail(tmp_path).position
    add(today, line("10:00:01.000", "A (EURUSD,H1)", "two"))
    assert [found.message for found in JournalTail(tmp_path, position).read()] == ["two"]


def test_a_file_that_begins_anew_is_read_from_its_start(tmp_path: Path) -> None:
    today = tmp_path / "20260304.log"
    add(today, line("10:00:00.000", "A (EURUSD,H1)", "a long first line"))
    tail = JournalTail(tmp_path)
    today.unlink()
    add(today, line("10:00:01.000", "A (EURUSD,H1)", "x"))
    assert [found.message for found in tail.read()] == ["x"]


def test_a_missing_folder_is_empty(tmp_path: Path) -> None:
    assert JournalTail(tmp_path / "none").read() == []
