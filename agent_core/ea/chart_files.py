"""Chart files of the terminal: templates (.tpl) and profile charts (.chr) that carry an EA."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.market import Timeframe
from agent_core.terminal.constants import TIMEFRAMES
from agent_core.terminal.text_files import utf16

#: Folder of all our programs below `MQL5/Experts`.
EXPERTS_FOLDER = "ForexElitePro"
INSTANCE_INPUT = "FEPInstance"

_TRADING_ALLOWED = 5
_TRADING_FORBIDDEN = 4
_INPUT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

#: A `TIMEFRAME_*` is made of the two figures that a chart file names apart: period_type times this, plus period_size.
_PERIOD_TYPE = 0x4000

_MAIN_WINDOW = """
<window>
height=100.000000
objects=0

<indicator>
name=Main
path=
apply=1
show_data=1
</indicator>
</window>
</chart>
"""


@dataclass(frozen=True, slots=True)
class ChartExpert:
    """An EA on a chart.

    Attributes:
        name: Stem of its .ex5 in `MQL5/Experts/ForexElitePro`; the chart shows it as the expert's name.
        allow_trading: Whether it may trade, as far as the terminal and the bridge may.
        inputs: Input name → value as MQL5 writes it in a .set file.
    """

    name: str
    allow_trading: bool
    inputs: Mapping[str, str] = field(default_factory=dict)


def template_bytes(expert: ChartExpert) -> bytes:
    """Returns a template that puts an EA on whatever chart it is applied to.

    Raises:
        ForexEliteError: an input's name or value can't be written to a template.
    """
    return utf16("<chart>\nwindows_total=1\n" + _expert_block(expert) + _MAIN_WINDOW)


def chart_bytes(chart_id: int, symbol: str, timeframe: Timeframe, expert: ChartExpert) -> bytes:
    """Returns a chart of a profile, with an EA on it.

    Raises:
        ForexEliteError: an input's name or value can't be written to a chart file.
    """
    kind, size = divmod(TIMEFRAMES[timeframe], _PERIOD_TYPE)
    head = f"<chart>\nid={chart_id}\nsymbol={symbol}\nperiod_type={kind}\nperiod_size={size}\nwindows_total=1\n"
    return utf16(head + _expert_block(expert) + _MAIN_WINDOW)


def experts_folder(data_folder: Path) -> Path:
    """Folder of our programs in a terminal."""
    return data_folder / "MQL5" / "Experts" / EXPERTS_FOLDER


def _expert_block(expert: ChartExpert) -> str:
    mode = _TRADING_ALLOWED if expert.allow_trading else _TRADING_FORBIDDEN
    inputs = "".join(f"{_checked(name, value)}\n" for name, value in expert.inputs.items())
    return (
        f"\n<expert>\nname={expert.name}\npath=Experts\\{EXPERTS_FOLDER}\\{expert.name}.ex5\nexpertmode={mode}\n"
        f"<inputs>\n{inputs}</inputs>\n</expert>\n"
    )


def _checked(name: str, value: str) -> str:
    if not _INPUT_NAME.fullmatch(name):
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR, f"'{name}' is not the name of an input. Correct the inputs.", field="inputs"
        )
    if any(mark in value for mark in "\r\n<>") or not value.isprintable():
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR,
            f"The value of input {name} must be one line without < and >. Correct it.",
            field="inputs",
        )
    return f"{name}={value}"
