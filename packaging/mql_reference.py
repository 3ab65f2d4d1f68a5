"""Makes resources/mql5/checker/builtins.h out of the MQL5 reference as markdown pages.

    python packaging/mql_reference.py <folder of the reference> > resources/mql5/checker/builtins.h

The pages lie in numbered folders, one a chapter (`01-constants`, `04-common`, ...).
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

HEAD = """\
// Builtin enumerations, constants, structures and functions of MQL5 as C++ declarations: made by
// packaging/mql_reference.py from the MQL5 reference. Members of enumerations have a value where it is known.
// What takes any type is in core.h.
#pragma once
"""

#: Written by hand in core.h, or below.
BY_HAND = {
    "SetIndexBuffer", "IndicatorSetDouble", "IndicatorSetInteger", "IndicatorSetString", "StructToTime",
    "PlotIndexSetInteger", "ArraySize", "ArrayRange", "Print", "PrintFormat", "Alert", "Comment", "StringFormat",
    "StringConcatenate", "printf", "MathMax", "MathMin", "MathAbs", "fmax", "fmin", "fabs", "EnumToString",
    "ZeroMemory", "CheckPointer", "GetPointer", "MessageBox", "ObjectCreate", "StructToCharArray",
    "CharArrayToStruct", "IndicatorCreate", "iCustom", "ArrayPrint", "MathSwap", "ArraySwap", "ParameterSetRange",
    "ChartWindowFind", "CryptDecode", "DatabaseBind", "ResourceSave", "SeriesInfoInteger",
}  # fmt: skip

#: Prototypes that the reference prints with a mistake or not at all.
ADDED = """\
template<class A> bool SetIndexBuffer(int,const A&,int=0);
bool IndicatorSetDouble(int,double);
bool IndicatorSetDouble(int,int,double);
bool IndicatorSetInteger(int,int);
bool IndicatorSetInteger(int,int,int);
bool IndicatorSetString(int,string);
bool IndicatorSetString(int,int,string);
template<class A> datetime StructToTime(const A&);
bool PlotIndexSetInteger(int,int,int);
bool PlotIndexSetInteger(int,int,int,int);
int MQL5InfoInteger(int);
string MQL5InfoString(int);
bool ResourceSave(string resource_name, string file_name);
double MathArctan2(double,double);
bool ChartIndicatorAdd(long,int,int);
bool ChartIndicatorDelete(long,int,string);
int ChartIndicatorGet(long,int,string);
string ChartIndicatorName(long,int,int);
template<class A> bool CustomBookAdd(string,const A&,uint=0);
template<class... R> int CopySeries(string,ENUM_TIMEFRAMES,int,int,ulong,const R&...);
int StringBufferLen(string string_var);
template<class A1,class A2,class A3> int CryptDecode(ENUM_CRYPT_METHOD method, const A1&, const A2&, const A3&);
template<class A2> bool DatabaseBind(int request, int index, const A2&);
template<class A> bool DatabaseBindArray(int request, int index, const A &array);
int ChartWindowFind();
int ChartWindowFind(long chart_id, string indicator_shortname);
long SeriesInfoInteger(string symbol_name, ENUM_TIMEFRAMES timeframe, ENUM_SERIES_INFO_INTEGER prop_id);
template<class V> bool SeriesInfoInteger(string symbol_name, ENUM_TIMEFRAMES timeframe, \
ENUM_SERIES_INFO_INTEGER prop_id, V &long_var);
template<class A,class B,class C,class D> bool ParameterSetRange(string name, bool enable, A value, B start, C step, \
D stop);
"""

#: Slips of the pages inside prototypes, as they come out.
CORRECTIONS = {
    "bool color_name)": "bool color_name=false)",
    "count = -1 uint codepage": "count = -1, uint codepage",
    "datetime_to = 0 const string": "datetime_to = 0, const string",
    "sub_window = 0 long& long_var": "sub_window, long& long_var",
    "SocketCreate(uint flags)": "SocketCreate(uint flags = 0)",
    "(MqlTradeRequest &request": "(const MqlTradeRequest &request",
}

_HOURS = {f"PERIOD_H{n}": n | 0x4000 for n in (1, 2, 3, 4, 6, 8, 12)}
#: Values that are published: the checker judges numbers given for these enumerations.
VALUES: dict[str, dict[str, int]] = {
    "ENUM_TIMEFRAMES": {
        "PERIOD_CURRENT": 0, **{f"PERIOD_M{n}": n for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)}, **_HOURS,
        "PERIOD_D1": 0x4018, "PERIOD_W1": 0x8001, "PERIOD_MN1": 0xC001,
    },
    "ENUM_TRADE_REQUEST_ACTIONS": {
        "TRADE_ACTION_DEAL": 1, "TRADE_ACTION_PENDING": 5, "TRADE_ACTION_SLTP": 6, "TRADE_ACTION_MODIFY": 7,
        "TRADE_ACTION_REMOVE": 8, "TRADE_ACTION_CLOSE_BY": 10,
    },
    "ENUM_ORDER_TYPE_FILLING": {
        "ORDER_FILLING_FOK": 0, "ORDER_FILLING_IOC": 1, "ORDER_FILLING_RETURN": 2, "ORDER_FILLING_BOC": 3,
    },
}  # fmt: skip
#: First value of enumerations whose members are numbered in the order of their table.
FIRST_VALUE = {
    "ENUM_ORDER_TYPE": 0, "ENUM_DAY_OF_WEEK": 0, "ENUM_POSITION_TYPE": 0, "ENUM_MA_METHOD": 0, "ENUM_APPLIED_PRICE": 1,
}  # fmt: skip

SPECIAL = {"WRONG_VALUE": -1, "CHARTS_MAX": 100, "WHOLE_ARRAY": -1, "INT_MAX": 2147483647, "UINT_MAX": -1}
#: Constants that the pages name in their text alone.
MORE_CONSTANTS = {
    "DEAL_ENTRY_STATE", "ERR_USER_ERROR_LAST", "MQL5_TESTING", "MQL5_OPTIMIZATION", "MQL5_DEBUG",
    "TRADE_RETCODE_CLOSE_ORDER_EXIST", "TRADE_RETCODE_LIMIT_POSITIONS", "ACCOUNT_FREEMARGIN", "INIT_FAILED",
    "INIT_SUCCEEDED", "TYPE_VECTOR", "TYPE_VECTORF", "TYPE_VECTORC", "TYPE_VECTORCF", "TYPE_MATRIX", "TYPE_MATRIXF",
    "TYPE_MATRIXC", "TYPE_MATRIXCF", "TIME_DATE", "TIME_MINUTES", "TIME_SECONDS", "COPY_TICKS_ALL", "COPY_TICKS_INFO",
    "COPY_TICKS_TRADE", "INT_VALUE", "CL_USE_ANY", "SYMBOL_TRADE_FREEZE_LEVEL", "CP_UTF8", "CP_ACP", "DIGITS",
}  # fmt: skip
IN_CORE = {
    "EMPTY_VALUE", "DBL_MAX", "DBL_MIN", "DBL_EPSILON", "INVALID_HANDLE", "NULL", "M_E", "ID", "PI", "MQL5_INCLUDE",
}  # fmt: skip

_FUNCTION_CHAPTERS = {f"{number:02d}" for number in (4, 5, *range(7, 13), *range(14, 31))}
_BLOCK = re.compile(r"```\n(.*?)```", re.DOTALL)
_PROTOTYPE = re.compile(r"\s*(?:const\s+)?([A-Za-z_]\w*)(?:\s*\*)?\s+([A-Za-z_]\w*)\s*\((.*?)\)\s*;\s*$", re.DOTALL)
_STRUCT = re.compile(r"```\s*struct\s+(\w+)\s*\{(.*?)\}\s*;", re.DOTALL)
_PARAMETER = re.compile(r"(const\s+)?(?:const\s+)?([A-Za-z_]\w*)\s*(\*?)\s*(&?)\s*([A-Za-z_]\w*)?\s*((?:\[\d*\])*)$")
_ENUM_HEADING = re.compile(r"#*\s*\**(ENUM_[A-Z0-9_]+)\**\s*")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*")


def pages(root: Path, chapters: set[str] | None = None) -> Iterator[str]:
    """Texts of the pages of some chapters, or of all but the standard library and Python."""
    for path in sorted(root.glob("*/*.md")):
        chapter = path.parent.name[:2]
        if chapter in chapters if chapters is not None else chapter not in {"32", "34"}:
            yield path.read_text(encoding="utf-8")


def enumerations(root: Path) -> dict[str, list[str]]:
    """Enumerations → members, from the tables under a heading that is an enumeration's name."""
    found: dict[str, list[str]] = {name: list(values) for name, values in VALUES.items()}
    for text in pages(root):
        name, in_table, open_row = "", False, False
        for line in text.split("\n"):
            if open_row:
                open_row = not line.rstrip().endswith("|")
            elif heading := _ENUM_HEADING.fullmatch(line):
                name, in_table = heading[1], False
            elif line.startswith("|"):
                in_table, open_row = True, not line.rstrip().endswith("|")
                for member in re.split(r"[,\s]+", line.strip("|").split("|")[0].strip()):
                    if name and _CONSTANT.fullmatch(member) and member != "ID":
                        members = found.setdefault(name, [])
                        members += [member] if member not in members else []
            elif in_table and line.strip():
                name = ""
    owners: dict[str, str] = {}
    for name, members in found.items():
        found[name] = [member for member in members if owners.setdefault(member, name) == name]
    return found


def enumeration(name: str, members: list[str]) -> str:
    """Declares one enumeration."""
    values = VALUES.get(name, {})
    if name in FIRST_VALUE:
        values = {member: number for number, member in enumerate(members, FIRST_VALUE[name])}
    parts = [f"{member}={values[member]}" if member in values else member for member in members]
    return f"enum {name} : int {{ {', '.join(parts)} }};"


def constants(root: Path, taken: set[str]) -> list[str]:
    """Declares every constant that is no member of an enumeration, each with a value of its own."""
    names: dict[str, None] = {}
    for text in pages(root, {"37"}):
        for line in text.split("\n"):
            if row := re.match(r"\| ([A-Za-z_0-9, ]+?) \|", line):
                names |= dict.fromkeys(part.strip() for part in row[1].split(","))
    written = {found for text in pages(root) for found in re.findall(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b", text)}
    names |= dict.fromkeys(sorted(written | MORE_CONSTANTS))
    colors = sorted({found for text in pages(root) for found in re.findall(r"\bclr[A-Z]\w+", text)})
    result = []
    for number, name in enumerate(names, 1000):
        plain = re.fullmatch(r"[A-Za-z]\w*", name) and not name.startswith(("ENUM_", "__", "clr"))
        if plain and name not in taken | IN_CORE and name not in {"true", "false", "Constant"}:
            kind = "double" if name.startswith(("M_", "DBL_", "FLT_")) else "int"
            result.append(f"const {kind} {name}={SPECIAL.get(name, number)};")
    plain_colors = (name.removeprefix("clr") for name in colors if name != "clrNONE")
    return result + [f"const color {name}=0;" for name in [*colors, *plain_colors]]


def structures(root: Path) -> list[str]:
    """Declares the documented structures."""
    found: dict[str, str] = {}
    for text in pages(root, {"01", "15"}):
        for match in _STRUCT.finditer(text):
            found.setdefault(match[1], " ".join(re.sub(r"//[^\n]*", "", match[2]).split()))
    return [f"struct {name} {{ {body} }};" for name, body in found.items()]


def functions(root: Path) -> list[str]:
    """Declares the documented functions."""
    found: dict[tuple[str, str], str] = {}
    for text in pages(root, _FUNCTION_CHAPTERS):
        for block in _BLOCK.findall(text):
            match = _PROTOTYPE.match(re.sub(r"//[^\n]*", "", block))
            if match is None or match[2].startswith("On") or match[2] in BY_HAND:
                continue
            found.setdefault((match[2], " ".join(match[3].split())), match[1])
    declared = (_function(result, name, arguments) for (name, arguments), result in found.items())
    return [line for line in declared if line]


def _function(result: str, name: str, arguments: str) -> str:
    """Declares one function; arrays and `void&` become template parameters."""
    parts = [part.strip() for part in re.split(r",(?![^()]*\))", arguments)]
    template: list[str] = []
    parameters: list[str] = []
    default = False
    for number, part in enumerate(part for part in parts if part not in {"", "void"}):
        text, _, value = (piece.strip() for piece in part.partition("="))
        match = _PARAMETER.match(text)
        if part == "...":
            template.append("class... R")
            parameters.append("const R&...")
        elif match is None:
            return ""
        elif match[6] or match[2] == "void":
            template.append(f"class A{number}")
            parameters.append(f"const A{number}&")
        else:
            const, kind, star, reference, own = (match[index] or "" for index in range(1, 6))
            default = default or bool(value)
            by_reference = reference and not const
            value = value or ("0" if default and not by_reference else "")
            if value == "0" and kind.startswith("ENUM_"):
                value = f"{kind}(0)"
            shown = f"{kind}{star} &{own}" if by_reference else f"{const}{kind}{star} {own}".strip()
            parameters.append(f"{shown} = {value}" if value else shown)
    start = f"template<{','.join(template)}> " if template else ""
    line = f"{start}{result} {name}({', '.join(parameters)});"
    for wrong, right in CORRECTIONS.items():
        line = line.replace(wrong, right)
    return line


def main(root: Path) -> None:
    """Prints the header."""
    enums = enumerations(root)
    mentioned = {found for text in pages(root) for found in re.findall(r"\bENUM_[A-Z0-9_]+\b", text)}
    members = {member for found in enums.values() for member in found}
    lines = [f"typedef int {name};" for name in sorted(mentioned - set(enums))]
    lines += [enumeration(name, found) for name, found in sorted(enums.items())]
    lines += constants(root, members) + structures(root) + functions(root)
    print(HEAD + "\n".join(lines) + "\n" + ADDED, end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
