"""The house's own rules for generated code: what may not stay in it, and what every careful EA has."""

import itertools
import re
from collections.abc import Iterator
from unicodedata import category

from agent_core.mql.lexer import Kind, Token, tokenize
from agent_core.mql.text import normalize_line_ends
from agent_core.protocol.ea import DiagnosticModel

#: Folders and files that may be included; the standard library's other parts reach files, charts or Windows.
_INCLUDES = re.compile(
    r"(?:forexelite|trade|indicators|arrays|math|generic|strings)(?:\\[a-z0-9_]+)+\.mqh"
    r"|tools\\datetime\.mqh|movingaverages\.mqh|object\.mqh"
)
#: Without these no other function reaches a file.
_FILE_FUNCTIONS = {
    "FileOpen", "FileCopy", "FileMove", "FileSave", "FileLoad", "FileFindFirst", "FileSelectDialog", "FolderCreate",
    "DatabaseOpen", "ResourceCreate", "ResourceSave", "OnnxCreate",
}  # fmt: skip
#: They reach other charts, and the EAs on them.
_CHART_FUNCTIONS = {"ChartFirst", "ChartNext", "ChartSetSymbolPeriod", "ChartSaveTemplate"}
#: Categories of characters that make code look like something else than it is, or that only some readers see as line
#: ends; the Hangul fillers are letters that show nothing.
_INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
_FILLERS = "\u115f\u1160\u3164\uffa0"
#: What ends somebody's trades, and what shows that it is the EA's own ones.
_ENDING = {"PositionClose", "PositionClosePartial", "PositionCloseBy", "OrderDelete"}
_SENDING = {"OrderSend", "OrderSendAsync"}
_OWN = {"POSITION_MAGIC", "ORDER_MAGIC", "Magic", "SelectByMagic"}
_HEARTBEAT = ("HeartbeatInit", "HeartbeatBeat", "HeartbeatStop")
#: Where the stop stands among the arguments of CTrade's functions.
_STOP_ARGUMENT = {
    "Buy": 3, "Sell": 3, "BuyLimit": 3, "BuyStop": 3, "SellLimit": 3, "SellStop": 3, "PositionOpen": 4, "OrderOpen": 5,
    "PositionModify": 1,
}  # fmt: skip
_NO_STOP = {"", "0", "0.", "0.0", "NULL", "-1", "EMPTY_VALUE"}
_INPUTS = {"risk": "the risk per trade in percent", "spread": "the highest spread", "magic": "the magic number"}


def house_rules(source: str) -> list[DiagnosticModel]:
    """Returns what the house has against a generated source, by place.

    An "error" must be gone before the source may become a version; a "warning" is repaired if the model can.
    """
    source = normalize_line_ends(source)
    tokens = tokenize(source)
    return [*_invisible(source), *_binding(tokens), *_orders(tokens), *_others_trades(tokens), *_expected(tokens)]


def _finding(token: Token | None, severity: str, message: str) -> DiagnosticModel:
    line, column = (token.line, token.column) if token else (1, 1)
    return DiagnosticModel.model_validate(
        {"line": line, "column": column, "severity": severity, "code": None, "message": message, "origin": "rules"}
    )


def _invisible(source: str) -> Iterator[DiagnosticModel]:
    for number, line in enumerate(source.split("\n"), start=1):
        if any(category(sign) in _INVISIBLE or sign in _FILLERS for sign in line.replace("\t", " ")):
            yield DiagnosticModel(
                line=number, column=1, severity="error", code=None, message="invisible characters", origin="rules"
            )


def _binding(tokens: list[Token]) -> Iterator[DiagnosticModel]:
    for index, token in enumerate(tokens):
        if token.kind is Kind.HASH:
            message = _directive(tokens, index)
        elif token.kind is Kind.BAD:
            message = "this can't be read"
        elif token.text == "##":
            message = "names may not be built out of pieces (##)"
        elif token.kind is Kind.NAME:
            message = _name(tokens, index)
        else:
            message = None
        if message:
            yield _finding(token, "error", message)


def _directive(tokens: list[Token], index: int) -> str | None:
    rest = list(itertools.takewhile(lambda token: token.directive and token.kind is not Kind.HASH, tokens[index + 1 :]))
    if rest and rest[0].text == "include":
        written = "".join(token.text for token in rest[1:])
        path = written.strip('<>"').replace("\\\\", "\\").replace("/", "\\").lower()
        return None if _INCLUDES.fullmatch(path) else f"{path or 'this file'} may not be included"
    words = [token.text for token in rest if token.text != "\\"]
    match words:
        case ["resource", *_]:
            return "resources may not be embedded (#resource)"
        case ["property", "tester_library", *_]:
            return "libraries may not be named (#property tester_library)"
        case ["define", name, *_] if name.startswith("Heartbeat"):
            return f"{name} may not be redefined"
        case ["define", *body] if any(
            mark == "#" and word in {"import", "include", "resource"} for mark, word in itertools.pairwise(body)
        ):
            return "directives may not be built by macros"
        case _:
            return None


def _name(tokens: list[Token], index: int) -> str | None:
    name = tokens[index].text
    before = tokens[index - 1].text if index else ""
    if name.lower().startswith("fep_") or name == "FEPInstance":
        return f"{name} belongs to the heartbeat alone"
    if name in _HEARTBEAT and tokens[index - 1].text in {"void", "bool", "int"}:
        return f"{name} may not be defined again"
    if before in {".", "->"}:
        return None
    if name in _FILE_FUNCTIONS:
        return f"files are not a strategy's business ({name})"
    if name in _CHART_FUNCTIONS:
        return f"other charts are not a strategy's business ({name})"
    if name == "CHART_COLOR_STOP_LEVEL":
        return "how stops look on the chart is the trader's business (CHART_COLOR_STOP_LEVEL)"
    if name == "ENUM_CHART_PROPERTY_INTEGER":
        return "chart properties are written by their names"
    if name == "ChartSetInteger":
        arguments = _arguments(tokens, index + 1)
        if len(arguments) < 3 or not re.fullmatch(r"CHART_\w+", arguments[1]):
            return "chart properties are written by their names, as ChartSetInteger(0, CHART_..., value)"
    return None


def _orders(tokens: list[Token]) -> Iterator[DiagnosticModel]:
    """Orders without a stop, and orders with several magic numbers."""
    traders = _of_type(tokens, "CTrade")
    magics: dict[str, Token] = {}
    for index, token, method in _calls(tokens):
        if method and token.text == "SetExpertMagicNumber":
            magics.setdefault("".join(_arguments(tokens, index + 1)[:1]), token)
        elif method and token.text in _STOP_ARGUMENT and tokens[index - 2].text in traders:
            arguments = _arguments(tokens, index + 1)
            place = _STOP_ARGUMENT[token.text]
            if len(arguments) <= place or arguments[place] in _NO_STOP:
                yield _finding(token, "warning", f"every order needs a stop loss: {token.text} has none")
        elif not method and token.text in _SENDING and not _assigns_stop(tokens):
            yield _finding(token, "warning", "every order needs a stop loss: the request's sl is never set")
    for token in list(magics.values())[1:]:
        yield _finding(token, "warning", "one magic number for all orders")


def _others_trades(tokens: list[Token]) -> Iterator[DiagnosticModel]:
    """The end of positions and orders that may be somebody else's."""
    if {token.text for token in tokens} & _OWN:
        return
    traders, names_position = _of_type(tokens, "CTrade"), _names_position(tokens)
    for index, token, method in _calls(tokens):
        by_trader = method and token.text in _ENDING and tokens[index - 2].text in traders
        if by_trader or (not method and token.text in _SENDING and names_position):
            message = f"{token.text} may end others' trades: compare their magic number first"
            yield _finding(token, "warning", message)


def _calls(tokens: list[Token]) -> Iterator[tuple[int, Token, bool]]:
    """What is called: its place, its name, and whether it is a method."""
    for index, token in enumerate(tokens):
        if token.kind is Kind.NAME and _text(tokens, index + 1) == "(":
            yield index, token, index > 1 and tokens[index - 1].text in {".", "->"}


def _expected(tokens: list[Token]) -> Iterator[DiagnosticModel]:
    """What every EA of the house has."""
    names = {token.text for token in tokens if token.kind is Kind.NAME}
    missing = [name for name in _HEARTBEAT if name not in names]
    if missing:
        yield _finding(
            None, "warning", f"<ForexElite\\Heartbeat.mqh> has to be included, and {', '.join(missing)} called"
        )
    inputs = " ".join(_inputs(tokens)).lower()
    for word, meaning in _INPUTS.items():
        if word not in inputs:
            yield _finding(None, "warning", f"an input for {meaning} is missing")


def _inputs(tokens: list[Token]) -> Iterator[str]:
    for index, token in enumerate(tokens):
        if token.text in {"input", "sinput"} and index + 2 < len(tokens):
            yield tokens[index + 2].text


def _of_type(tokens: list[Token], type_name: str) -> set[str]:
    """Names of the variables of a type."""
    found = set()
    for index, token in enumerate(tokens):
        if token.text == type_name:
            place = index + 1
            while _text(tokens, place) in {"*", "&"}:
                place += 1
            while place < len(tokens) and tokens[place].kind is Kind.NAME:
                found.add(tokens[place].text)
                place += 2 if _text(tokens, place + 1) == "," else len(tokens)
    return found


def _assigns_stop(tokens: list[Token]) -> bool:
    return any(
        token.text == "sl" and _text(tokens, index - 1) == "." and _text(tokens, index + 1) == "="
        and not (_text(tokens, index + 2) in _NO_STOP and _text(tokens, index + 3) == ";")
        for index, token in enumerate(tokens) if index > 1
    )  # fmt: skip


def _names_position(tokens: list[Token]) -> bool:
    """Whether a request names the position, or the one by which it is closed."""
    return any(
        token.text in {"position", "position_by"}
        and (_text(tokens, index - 1), _text(tokens, index + 1)) == (".", "=")
        for index, token in enumerate(tokens)
    )  # fmt: skip


def _arguments(tokens: list[Token], opening: int) -> list[str]:
    """The arguments of a call as texts; `opening` is the place of its parenthesis."""
    if _text(tokens, opening) != "(":
        return []
    arguments, depth = [""], 0
    for token in tokens[opening:]:
        depth += (token.text in {"(", "[", "{"}) - (token.text in {")", "]", "}"})
        if depth == 0:
            break
        if token.text == "," and depth == 1:
            arguments.append("")
        elif not (token.text == "(" and depth == 1 and arguments == [""]):
            arguments[-1] += token.text
    return arguments


def _text(tokens: list[Token], index: int) -> str:
    return tokens[index].text if 0 <= index < len(tokens) else ""
