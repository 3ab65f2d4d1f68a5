from pathlib import Path

import pytest

from agent_core.ea.backup import FileBackup
from agent_core.ea.chart_files import ChartExpert, chart_bytes, template_bytes
from agent_core.ea.files import replace_file, source_bytes
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.text_files import decode, ini_value, read_text, utf16, with_ini_value


def test_a_template_as_the_terminal_writes_it() -> None:
    data = template_bytes(ChartExpert("Trend_12ab", True, {"FEPInstance": "abc", "Lots": "0.10"}))
    assert data.startswith(b"\xff\xfe<\0c\0")
    text = decode(data)
    assert text.count("\r\n") == text.count("\n")
    assert "expertmode=5\r\n" in text
    assert "path=Experts\\ForexElitePro\\Trend_12ab.ex5\r\n" in text
    assert "<inputs>\r\nFEPInstance=abc\r\nLots=0.10\r\n</inputs>" in text
    assert text.index("<expert>") < text.index("<window>")


def test_trading_is_only_allowed_when_asked_for() -> None:
    assert "expertmode=4\r\n" in decode(template_bytes(ChartExpert("Trend", False)))


@pytest.mark.parametrize(
    ("timeframe", "kind", "size"),
    [("M12", 0, 12), ("M15", 0, 15), ("H4", 1, 4), ("D1", 1, 24), ("W1", 2, 1), ("MN1", 3, 1)],
)
def test_a_chart_names_symbol_and_period(timeframe: str, kind: int, size: int) -> None:
    text = decode(chart_bytes(42, "EURUSD.m", timeframe, ChartExpert("X", False)))
    assert f"id=42\r\nsymbol=EURUSD.m\r\nperiod_type={kind}\r\nperiod_size={size}\r\n" in text


@pytest.mark.parametrize(
    ("name", "value"), [("a b", "1"), ("a", "1\n</inputs>"), ("a", "<x>"), ("1a", ""), ("a", "\0")]
)
def test_inputs_can_not_break_out_of_a_template(name: str, value: str) -> None:
    with pytest.raises(ForexEliteError) as refused:
        template_bytes(ChartExpert("X", False, {name: value}))
    assert (refused.value.code, refused.value.field) == (ErrorCode.VALIDATION_ERROR, "inputs")


def test_ini_values_are_set_in_place() -> None:
    text = "[Common]\nLogin=1\n[Experts]\nEnabled=0\nAccount=1\n[Charts]\nProfileLast=Meins\n"
    text = with_ini_value(text, "Experts", "Enabled", "1")
    text = with_ini_value(text, "Experts", "AllowLiveTrading", "1")
    text = with_ini_value(text, "New", "A", "b")
    assert text == (
        "[Common]\nLogin=1\n[Experts]\nAllowLiveTrading=1\nEnabled=1\nAccount=1\n[Charts]\nProfileLast=Meins\n[New]\nA=b\n"
    )
    assert ini_value(text, "charts", "profilelast") == "Meins"
    assert ini_value(text, "Common", "Enabled") is None
    assert with_ini_value("", "A", "b", "c") == "[A]\nb=c\n"


def test_sources_are_marked_unless_ascii(tmp_path: Path) -> None:
    assert source_bytes("abc") == b"abc"
    assert source_bytes("ü") == b"\xef\xbb\xbf\xc3\xbc"
    path = tmp_path / "ä b" / "x.ini"
    replace_file(path, utf16("ü\n"))
    assert read_text(path) == "ü\r\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_backup_puts_everything_back(tmp_path: Path) -> None:
    old, new = tmp_path / "alt ü.ini", tmp_path / "neu" / "x.chr"
    old.write_bytes(b"before")
    backup = FileBackup.begin(tmp_path / "backups")
    backup.write(old, b"after")
    backup.write(old, b"after all")
    backup.write(new, b"made")
    assert (old.read_bytes(), new.read_bytes()) == (b"after all", b"made")
    (found,) = FileBackup.all(tmp_path / "backups")
    assert (found.original(old), found.original(new)) == (b"before", None)
    found.undo()
    assert old.read_bytes() == b"before"
    assert not new.exists()
    assert FileBackup.all(tmp_path / "backups") == []


def test_what_was_changed_since_outlives_the_undo(tmp_path: Path) -> None:
    old, new = tmp_path / "a.ini", tmp_path / "x.chr"
    old.write_bytes(b"before")
    backup = FileBackup.begin(tmp_path / "backups")
    backup.write(old, b"after")
    backup.write(new, b"made")
    old.write_bytes(b"the terminal's")
    new.write_bytes(b"the trader's")
    backup.undo()
    assert (old.read_bytes(), new.read_bytes()) == (b"the terminal's", b"the trader's")


def test_what_is_right_already_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "same"
    path.write_bytes(b"x")
    FileBackup.begin(tmp_path / "backups").write(path, b"x")
    assert FileBackup.all(tmp_path / "backups") == []
