"""Include files are found as MetaEditor finds them, and nothing else is ever read."""

from pathlib import Path

import pytest

from agent_core.mql import check_in_process

PROGRAM = "void OnStart() { Print(FromInclude); }"


def test_angle_brackets_look_into_the_given_mql5_folder_without_regard_to_case(tmp_path: Path) -> None:
    folder = tmp_path / "Données é 数据" / "MQL5"
    (folder / "Include" / "My Lib").mkdir(parents=True)
    (folder / "Include" / "My Lib" / "Values.mqh").write_text("int FromInclude = 1;", encoding="utf-16")
    source = f"#include <my lib\\VALUES.mqh>\n{PROGRAM}"
    assert check_in_process(source, include_folders=[folder]).diagnostics == ()


def test_quotes_are_relative_to_the_including_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.mqh").write_text('#include "b.mqh"\n', encoding="utf-8")
    (tmp_path / "sub" / "b.mqh").write_text("int FromInclude = 1;\n", encoding="utf-8")
    path = tmp_path / "program.mq5"
    assert check_in_process(f'#include "sub\\a.mqh"\n{PROGRAM}', source_path=path).diagnostics == ()


def test_a_mistake_in_an_include_file_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "bad.mqh").write_text("int a = 1;\nint b = missing;\n", encoding="utf-8")
    report = check_in_process('#include "bad.mqh"\nvoid OnStart() {}', source_path=tmp_path / "x.mq5")
    found = report.diagnostics[0]
    assert (found.line, found.column, found.file) == (2, 9, str((tmp_path / "bad.mqh").resolve()))


def test_an_include_file_is_read_once_even_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.mqh").write_text('#include "b.mqh"\nint FromInclude = 1;\n', encoding="utf-8")
    (tmp_path / "b.mqh").write_text('#include "a.mqh"\n', encoding="utf-8")
    source = f'#include "a.mqh"\n#include "b.mqh"\n{PROGRAM}'
    assert check_in_process(source, source_path=tmp_path / "x.mq5").diagnostics == ()


def test_branches_that_are_not_compiled_need_no_include_files() -> None:
    source = "#ifdef __MQL4__\n#include <nothing.mqh>\n#else\nint FromInclude = 1;\n#endif\n" + PROGRAM
    assert check_in_process(source).diagnostics == ()


def test_the_installed_file_comes_before_the_checkers_own(tmp_path: Path) -> None:
    trade = tmp_path / "MQL5" / "Include" / "Trade" / "Trade.mqh"
    trade.parent.mkdir(parents=True)
    trade.write_text("int FromInclude = 1;", encoding="utf-8")
    source = f"#include <Trade\\Trade.mqh>\n{PROGRAM}"
    assert check_in_process(source, include_folders=[tmp_path / "MQL5"]).diagnostics == ()


@pytest.mark.parametrize("form", ['"{}"', "<{}>"])
@pytest.mark.parametrize("how", ["absolute", "climbing", "link"])
def test_nothing_outside_the_folders_is_read(tmp_path: Path, form: str, how: str) -> None:
    secret = tmp_path / "secret.mqh"
    secret.write_text("int FromInclude = 1;", encoding="utf-8")
    folder = tmp_path / "MQL5"
    (folder / "Include").mkdir(parents=True)
    spec = {"absolute": str(secret), "climbing": "..\\..\\secret.mqh", "link": "link.mqh"}[how]
    if how == "link":
        try:
            (folder / "Include" / "link.mqh").symlink_to(secret)
        except OSError:
            pytest.skip("this system makes no links")
    report = check_in_process(f"#include {form.format(spec)}\n{PROGRAM}", include_folders=[folder])
    assert report.diagnostics[0].code == 106


@pytest.mark.parametrize(
    "source",
    [
        "#define FILE </etc/passwd>\n#include FILE",
        "#include_next </etc/passwd>",
        "%:include </etc/passwd>",
        '#/**/include "/etc/passwd"',
        '??=include "/etc/passwd"',
        '#inc\\\nlude "/etc/passwd"',
        '_Pragma("include_alias")',
        "#pragma include",
        '#embed "/etc/passwd"',
        "#define A(x) #x\n#include A(/etc/passwd)",
    ],
)  # fmt: skip
def test_no_trick_lets_the_front_end_open_a_file(source: str) -> None:
    report = check_in_process(source)
    assert not report.ok
    assert not any("root" in item.message or (item.file or "").startswith("/etc") for item in report.diagnostics)
