"""Makes the checker's declarations of the standard library's indicator and expert classes out of the MQL5 reference.

    python packaging/mql_classes.py <folder of the reference> resources/mql5/checker/stdlib

Each class has a page with its declaration, its header and its methods' groups; each method a page with its prototype.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

_CHAPTERS = ("technicalindicators", "expertclasses")
#: Classes that are declared by hand, with their headers.
_BY_HAND = {
    "CObject": "Object.mqh", "CArray": "Arrays/Array.mqh", "CArrayObj": "Arrays/ArrayObj.mqh",
    "CArrayDouble": "Arrays/ArrayDouble.mqh", "CArrayLong": "Arrays/ArrayLong.mqh",
    "CArrayInt": "Arrays/ArrayInt.mqh", "CSymbolInfo": "Trade/SymbolInfo.mqh", "COrderInfo": "Trade/OrderInfo.mqh",
    "CPositionInfo": "Trade/PositionInfo.mqh", "CAccountInfo": "Trade/AccountInfo.mqh",
    "CDealInfo": "Trade/DealInfo.mqh", "CTrade": "Trade/Trade.mqh",
}  # fmt: skip
#: Protected members that classes derived by users reach for; the reference does not list them.
_MEMBERS = {
    "CExpertBase": (
        "ulong m_magic;", "ENUM_INIT_PHASE m_init_phase;", "CSymbolInfo *m_symbol;", "ENUM_TIMEFRAMES m_period;",
        "double m_adjusted_point;", "CAccountInfo m_account;", "ENUM_TYPE_TREND m_trend_type;", "bool m_every_tick;",
        "int m_used_series;", "CiOpen *m_open;", "CiHigh *m_high;", "CiLow *m_low;", "CiClose *m_close;",
        "CiSpread *m_spread;", "CiTime *m_time;", "CiTickVolume *m_tick_volume;", "CiRealVolume *m_real_volume;",
    ),
    "CExpertSignal": ("double m_base_price;", "CArrayObj m_filters;", "double m_weight;", "int m_patterns_usage;"),
    "CExpertMoney": ("double m_percent;",),
    "CExpert": ("CExpertTrade *m_trade;", "CExpertSignal *m_signal;", "CExpertMoney *m_money;",
                "CExpertTrailing *m_trailing;", "CPositionInfo m_position;", "COrderInfo m_order;"),
}  # fmt: skip
#: What a header declares before its classes.
_PRELUDES = {
    "Indicators/Indicators.mqh": "".join(
        f"#include <Indicators\\{name}.mqh>\n"
        for name in ("Trend", "Oscilators", "Volumes", "BillWilliams", "Custom", "TimeSeries")
    ),
    "Expert/ExpertBase.mqh": "#include <Indicators\\Indicators.mqh>\n"
    + "".join(
        f"#define USE_SERIES_{name} {1 << bit}\n"
        for bit, name in enumerate(("OPEN", "HIGH", "LOW", "CLOSE", "SPREAD", "TIME", "TICK_VOLUME", "REAL_VOLUME"))
    )
    + "enum ENUM_INIT_PHASE { INIT_PHASE_FIRST, INIT_PHASE_TUNING, INIT_PHASE_VALIDATION, "
    "INIT_PHASE_COMPLETE };\nenum ENUM_TYPE_TREND { TYPE_TREND_HARD_DOWN, TYPE_TREND_DOWN, TYPE_TREND_SOFT_DOWN, "
    "TYPE_TREND_FLAT, TYPE_TREND_SOFT_UP, TYPE_TREND_UP, TYPE_TREND_HARD_UP };\n",
    "Expert/Expert.mqh": "enum ENUM_TRADE_EVENTS { TRADE_EVENT_NO_EVENT, TRADE_EVENT_POSITION_OPEN, "
    "TRADE_EVENT_POSITION_VOLUME_CHANGE, TRADE_EVENT_POSITION_MODIFY, TRADE_EVENT_POSITION_CLOSE, "
    "TRADE_EVENT_POSITION_STOP_TAKE, TRADE_EVENT_ORDER_PLACE, TRADE_EVENT_ORDER_MODIFY, TRADE_EVENT_ORDER_DELETE, "
    "TRADE_EVENT_ORDER_TRIGGER };\n",
}
#: Slips of the pages.
_TYPES = {"M_TYPE_TREND": "ENUM_TYPE_TREND"}
_SLIPS = {
    "OnTickOProcess": "OnTickProcess",
    "MqlParam &params": "MqlParam &params[]",
    "void BufferResize": "bool BufferResize",
    "&buffer)": "&buffer[])",
}
_BLOCK = re.compile(r"```\n(.*?)```", re.DOTALL)
_CLASS = re.compile(r"class\s+(\w+)\s*(?::\s*public\s+(\w+))?")
_HEADER = re.compile(r"#\s*include\s*<([^>]+)>")
_PROTOTYPE = re.compile(r"^\s*((?:virtual\s+)?[\w ]+?[\s*&]+)(\w+)\s*\((.*?)\)\s*(const)?\s*;?\s*$", re.DOTALL)
_PARAMETER = re.compile(r"(const\s+)?(\w+)\s*([*&]?)\s*([*&]?)(\w+)?(\[\])?\s*(=.*)?$")

#: Wizard signals: page → class; the setters are the page's adjustable parameters.
_SIGNALS = {
    "ac": "AC", "ama": "AMA", "ao": "AO", "bears": "BearsPower", "bulls": "BullsPower", "cci": "CCI",
    "demarker": "DeMarker", "dema": "DEMA", "envelopes": "Envelopes", "frama": "FrAMA", "time-filter": "ITF",
    "macd": "MACD", "ma": "MA", "sar": "SAR", "rsi": "RSI", "rvi": "RVI", "stochastic": "Stoch", "trix": "TriX",
    "tema": "TEMA", "wpr": "WPR",
}  # fmt: skip
_SETTER_TYPES = (
    ("Method", "ENUM_MA_METHOD"), ("Applied", "ENUM_APPLIED_PRICE"), ("Series", "ENUM_STO_PRICE"),
    ("Period", "int"), ("Shift", "int"), ("Hour", "int"), ("Day", "int"),
)  # fmt: skip


@dataclass
class Class:
    """One class of the library."""

    name: str
    base: str
    header: str
    public: dict[str, None] = field(default_factory=dict)
    protected: dict[str, None] = field(default_factory=dict)


def classes(folder: Path) -> list[Class]:
    """Reads all classes of the chapters, in the order of their pages."""
    found: list[Class] = []
    for path in sorted(folder.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        declared = _CLASS.search(text.partition("### Declaration")[2])
        header = _HEADER.search(text.partition("### Title")[2])
        if declared is None or header is None or not any(f"-{chapter}" in path.name for chapter in _CHAPTERS):
            continue
        file = header[1].strip().replace("\\", "/").replace("/CTrailing", "/Trailing")
        one = Class(declared[1], declared[2] or "CObject", file)
        one.protected |= dict.fromkeys(_MEMBERS.get(one.name, ()))
        _methods(one, path, text)
        found.append(one)
    return found


def _methods(one: Class, page: Path, text: str) -> None:
    _, _, protected_part = text.partition("### Protected Methods")
    stem = page.stem.partition("-")[2]
    for path in sorted(page.parent.glob(f"*-{stem}-*.md")):
        content = path.read_text(encoding="utf-8")
        for block in _BLOCK.findall(content):
            prototype = _prototype(re.sub(r"//[^\n]*", "", block))
            if prototype is None:
                continue
            name, declaration = prototype
            virtual = re.search(rf"\bvirtual\s+{name} ", text) is not None
            line = f"virtual {declaration}" if virtual and not declaration.startswith("virtual") else declaration
            listed = re.search(rf"^\| (?:virtual\s+)?{name} \|", protected_part, re.MULTILINE)
            (one.protected if listed else one.public)[line] = None


def _prototype(text: str) -> tuple[str, str] | None:
    match = _PROTOTYPE.match(text)
    if match is None or (match[2].startswith("On") and not match[1].strip()):
        return None
    parameters = [
        _parameter(" ".join(part.split())) for part in match[3].split(",") if part.strip() not in {"", "void"}
    ]
    if None in parameters:
        return None
    listed = ", ".join(part for part in parameters if part)
    result = " ".join(match[1].split())
    if re.fullmatch(r"(?:const )?C[A-Z]\w+", result):
        result += " *"
    return match[2], f"{result} {match[2]}({listed}){' const' if match[4] else ''};"


def _parameter(text: str) -> str | None:
    """Declares one parameter; where a page forgets the star of a pointer to an object, it is put in."""
    match = _PARAMETER.match(text)
    if match is None:
        return None
    kind_of = _TYPES.get(match[2], match[2])
    const, _, mark, second, name, brackets, value = (part or "" for part in match.groups())
    mark = mark or second
    if re.fullmatch(r"C(?:[A-Z]|i[A-Z])\w+", kind_of) and not mark:
        mark = "*"
    mark = "&" if brackets else mark
    return f"{const}{kind_of} {mark}{name}{brackets}{' ' + value if value else ''}".strip()


def signals(folder: Path) -> list[Class]:
    """Reads the wizard's signals."""
    found = []
    for page, name in _SIGNALS.items():
        text = next(folder.glob(f"*-csignal-signal-{page}.md")).read_text(encoding="utf-8")
        rows = re.findall(r"^\| (\w+) \|", text.partition("Adjustable Parameters")[2], re.MULTILINE)
        one = Class(f"CSignal{name}", "CExpertSignal", f"Expert/Signal/Signal{name}.mqh")
        for setter in rows:
            if setter not in {"Parameter", "Weight"}:
                kind = next((kind for start, kind in _SETTER_TYPES if setter.startswith(start)), "double")
                one.public[f"void {setter}({kind} value);"] = None
        one.public |= {f"void Pattern_{number}(int value);": None for number in range(7)}
        found.append(one)
    return found


def header_text(header: str, members: list[Class], home: dict[str, str]) -> str:
    """Writes one header."""
    mine = {one.name for one in members}
    body = "\n".join(_declaration(one) for one in members)
    used = [one.base for one in members] + re.findall(r"\bC(?:[A-Z]|i[A-Z])\w+", body)
    needed = dict.fromkeys(home[name] for name in used if name in home and name not in mine)
    includes = "".join(f"#include <{name}>\n" for name in needed if name != header).replace("/", "\\")
    for slip, right in _SLIPS.items():
        body = body.replace(slip, right)
    prelude = _PRELUDES.get(header, "")
    return f"// Declarations for the checker: made by packaging/mql_classes.py.\n{includes}{prelude}{body}"


def _declaration(one: Class) -> str:
    lines = [f"class {one.name} : public {one.base}", "{"]
    if one.protected:
        lines += [" protected:", *(f"   {line}" for line in one.protected)]
    if one.base == "CPriceSeries":
        lines += [" public:", "   using CPriceSeries::GetData;"]  # MQL5 hides no overload of a base class
    return "\n".join([*lines, " public:", f"   {one.name}(void);", *(f"   {line}" for line in one.public), "};", ""])


def main(reference: Path, target: Path) -> None:
    """Writes all headers."""
    folder = reference / "34-standardlibrary"
    found = [*classes(folder), *signals(folder)]
    trade = Class("CExpertTrade", "CTrade", "Expert/ExpertTrade.mqh")
    found.append(trade)
    trade.public = dict.fromkeys(("bool SetSymbol(CSymbolInfo *symbol);", "bool Buy(double volume, double price, "
                                  'double sl, double tp, const string comment = "");', "bool Sell(double volume, "
                                  'double price, double sl, double tp, const string comment = "");'))  # fmt: skip
    home = _BY_HAND | {one.name: one.header for one in found}
    for header in dict.fromkeys(one.header for one in found):
        path = target / header
        path.parent.mkdir(parents=True, exist_ok=True)
        members = [one for one in found if one.header == header]
        path.write_text(header_text(header, members, home), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
