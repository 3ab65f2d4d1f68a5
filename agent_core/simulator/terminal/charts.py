"""Charts of the profile and templates: MetaTrader's .chr and .tpl files."""

import re
from dataclasses import dataclass, field

from agent_core.simulator.layout import Layout, utf16
from agent_core.simulator.terminal.switches import decode_text, read_common_ini

_TIMEFRAMES: dict[tuple[int, int], str] = {
    **{(0, minutes): f"M{minutes}" for minutes in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)},
    **{(1, hours): f"H{hours}" for hours in (1, 2, 3, 4, 6, 8, 12)},
    (1, 24): "D1",
    (2, 1): "W1",
    (3, 1): "MN1",
}
PERIODS: dict[str, tuple[int, int]] = {name: period for period, name in _TIMEFRAMES.items()}
_TAG = "FEP:"
_TRADING_ALLOWED_BIT = 1
EXPERT_MAY_TRADE = 5
"""`expertmode` of an EA that may trade."""


@dataclass(frozen=True, slots=True)
class ExpertOnChart:
    """An EA as a chart file names it; `path` is relative to MQL5."""

    name: str
    path: str
    mode: int
    inputs: dict[str, str] = field(default_factory=dict)

    @property
    def trading_allowed(self) -> bool:
        """Whether its properties allow algo trading."""
        return bool(self.mode & _TRADING_ALLOWED_BIT)


@dataclass(slots=True)
class Chart:
    """An open chart. `instance` is the bridge's tag, a hidden object on the chart."""

    id: int
    symbol: str
    timeframe: str
    expert: ExpertOnChart | None = None
    instance: str = ""


def parse_chart_file(content: bytes) -> tuple[dict[str, str], ExpertOnChart | None, str]:
    """Reads a .chr or .tpl: the chart's values, its EA, and the bridge's tag."""
    sections: list[str] = []
    chart: dict[str, str] = {}
    expert: dict[str, str] = {}
    inputs: dict[str, str] = {}
    instance = ""
    for line in decode_text(content).splitlines():
        text = line.strip()
        if tag := re.fullmatch(r"<(/?)(\w+)>", text):
            if tag[1]:
                del sections[-1:]
            else:
                sections.append(tag[2])
            continue
        name, equals, value = text.partition("=")
        if not equals or name.startswith(";"):
            continue
        if sections == ["chart"]:
            chart[name] = value
        elif sections == ["chart", "expert"]:
            expert[name] = value
        elif sections == ["chart", "expert", "inputs"]:
            inputs[name] = value
        elif sections[-1:] == ["object"] and name == "name" and value.startswith(_TAG):
            instance = value.removeprefix(_TAG)
    if not expert.get("name"):
        return chart, None, instance
    mode = expert.get("expertmode", "0")
    on_chart = ExpertOnChart(expert["name"], expert.get("path", ""), int(mode) if mode.isdigit() else 0, inputs)
    return chart, on_chart, instance


def chart_file(chart: Chart) -> bytes:
    """Content of a chart's .chr file."""
    kind, size = PERIODS[chart.timeframe]
    lines = ["<chart>", f"id={chart.id}", f"symbol={chart.symbol}", f"period_type={kind}", f"period_size={size}"]
    lines += ["windows_total=1", ""]
    if chart.expert is not None:
        expert = chart.expert
        lines += ["<expert>", f"name={expert.name}", f"path={expert.path}", f"expertmode={expert.mode}", "<inputs>"]
        lines += [f"{name}={value}" for name, value in expert.inputs.items()]
        lines += ["</inputs>", "</expert>", ""]
    lines += ["<window>", "height=100.000000", f"objects={int(bool(chart.instance))}", ""]
    lines += ["<indicator>", "name=Main", "path=", "apply=1", "show_data=1", "</indicator>"]
    if chart.instance:
        lines += ["<object>", "type=101", f"name={_TAG}{chart.instance}", "hidden=1", "</object>"]
    lines += ["</window>", "</chart>", ""]
    return utf16("\r\n".join(lines))


class Profile:
    """The charts of the profile that is open."""

    def __init__(self, layout: Layout) -> None:
        name = read_common_ini(layout.data).get("Charts", "ProfileLast", fallback="") or "Default"
        self._folder = layout.mql5 / "Profiles" / "Charts" / name
        self._folder.mkdir(parents=True, exist_ok=True)

    def load(self) -> list[Chart]:
        """Reads the charts; files that are no charts are left out."""
        charts: list[Chart] = []
        for path in sorted(self._folder.glob("*.chr")):
            values, expert, instance = parse_chart_file(path.read_bytes())
            period = (int(values.get("period_type", 1)), int(values.get("period_size", 1)))
            number = int(values.get("id", "0") or 0)
            timeframe = _TIMEFRAMES.get(period, "H1")
            charts.append(Chart(number, values.get("symbol", "EURUSD"), timeframe, expert, instance))
        return charts

    def save(self, charts: list[Chart]) -> None:
        """Writes all charts and their order; files of closed charts go."""
        names = [f"chart{number:02d}.chr" for number in range(1, len(charts) + 1)]
        for name, chart in zip(names, charts, strict=True):
            draft = self._folder / (name + ".tmp")
            draft.write_bytes(chart_file(chart))
            draft.replace(self._folder / name)
        for path in self._folder.glob("*.chr"):
            if path.name not in names:
                path.unlink()
        (self._folder / "order.wnd").write_bytes(utf16("".join(f"{name}\r\n" for name in names)))
