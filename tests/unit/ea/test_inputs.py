"""Inputs as the source declares them, values that fit them, and .set files."""

from pathlib import Path

import pytest

from agent_core.ea.inputs import EaInput, check_values, inputs_of, read_set, set_bytes
from agent_core.mql.templates import strategy_templates
from agent_core.protocol.errors import ForexEliteError
from agent_core.terminal.text_files import utf16

SOURCE = """
/* input int Gone = 1; */
// input int Commented = 1;
input group "Risk"
input double         InpLots   = 0.10;     // Lots
sinput bool          InpAlerts = true;
input ENUM_MA_METHOD InpMethod = MODE_EMA; // Method
input string         InpNote   = "a; b";   // Note
input ulong InpMagic=77;
"""


def test_the_inputs_of_a_source() -> None:
    assert inputs_of(SOURCE)[:3] == [
        EaInput("InpLots", "double", "0.10", "Lots"),
        EaInput("InpAlerts", "bool", "true", "InpAlerts"),
        EaInput("InpMethod", "ENUM_MA_METHOD", "MODE_EMA", "Method"),
    ]
    assert inputs_of(SOURCE)[3] == EaInput("InpNote", "string", "a; b", "Note")
    assert inputs_of(SOURCE)[-1] == EaInput("InpMagic", "ulong", "77", "InpMagic")
    for template in strategy_templates():
        assert {"InpRiskPercent", "InpMagic"} <= {item.name for item in inputs_of(template.source)}


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("InpLots", "0.25", "0,25"),
        ("InpLots", "1", "lots"),
        ("InpAlerts", "false", "1"),
        ("InpMethod", "2", "MODE_SMA"),
        ("InpMagic", "5", "5.5"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, good: str, bad: str) -> None:
    check_values(inputs_of(SOURCE), {name: good, "FromAnInclude": "x"})
    with pytest.raises(ForexEliteError, match=f"Input {name} takes") as refused:
        check_values(inputs_of(SOURCE), {name: bad})
    assert refused.value.field == "inputs"


def test_set_files_go_out_and_come_in(tmp_path: Path) -> None:
    path = tmp_path / "größe.set"
    path.write_bytes(set_bytes({"InpLots": "0.3", "InpNote": "ü = 1"}))
    assert path.read_bytes().startswith(b"\xff\xfe")
    assert read_set(path, inputs_of(SOURCE)) == {"InpLots": "0.3", "InpNote": "ü = 1"}
    path.write_bytes(utf16("; Risk\nInpLots=0.5||0.1||0.1||1.0||Y\nOther=1\nInpAlerts=false\n"))
    assert read_set(path, inputs_of(SOURCE)) == {"InpLots": "0.5", "InpAlerts": "false"}
    path.write_bytes(b"Other=1")
    with pytest.raises(ForexEliteError, match="no value"):
        read_set(path, inputs_of(SOURCE))
    with pytest.raises(ForexEliteError, match="can't be read"):
        read_set(tmp_path, inputs_of(SOURCE))
