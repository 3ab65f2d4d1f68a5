"""Constructs that a strategy has no business with: it trades on one chart and talks to nobody else."""

import re
from collections.abc import Iterator

from agent_core.mql.lexer import Kind, Token, tokenize
from agent_core.mql.text import normalize_line_ends

_NETWORK = "It talks to the network ({name}), which is not allowed."
_FILES = "It deletes files ({name}), which is not allowed."
_CHARTS = "It controls other charts ({name}), which is not allowed."
_SIGNALS = "It subscribes to trading signals ({name}), which is not allowed."

_FORBIDDEN: dict[str, str] = {
    "WebRequest": _NETWORK,
    "SendFTP": "It sends files to a server (SendFTP), which is not allowed.",
    "SendMail": "It sends mail (SendMail), which is not allowed.",
    "FileDelete": _FILES,
    "FolderClean": _FILES,
    "FolderDelete": _FILES,
    "TerminalClose": "It closes MetaTrader (TerminalClose), which is not allowed.",
    "GlobalVariablesDeleteAll": "It deletes all global variables of MetaTrader, which is not allowed.",
    "ChartClose": _CHARTS,
    "ChartOpen": _CHARTS,
    "ChartApplyTemplate": _CHARTS,
    "SignalSubscribe": _SIGNALS,
    "SignalInfoSetInteger": _SIGNALS,
    "SignalInfoSetDouble": _SIGNALS,
    "CHART_SHOW_TRADE_LEVELS": "It hides trades on the chart ({name}), which is not allowed.",
    "CHART_SHOW_TRADE_HISTORY": "It hides trades on the chart ({name}), which is not allowed.",
    "CHART_SHOW": "It hides the chart with its trades ({name}), which is not allowed.",
}
_SHOWN = {"CHART_SHOW", "CHART_SHOW_TRADE_LEVELS", "CHART_SHOW_TRADE_HISTORY"}
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CONTINUED = re.compile(r"\\[ \t]*\n")
_PIPE = re.compile(r"\\\\\\\\\.\\\\pipe|//\./pipe", re.IGNORECASE)
_BRIDGE_FILES = re.compile(r"(?:^|[\"\\/])FEP(?:\\\\|/)", re.IGNORECASE)


def forbidden_constructs(source: str) -> list[str]:
    """Returns what the source does that no strategy may, one sentence each; empty when there is nothing.

    Comments and texts do not count. Include files are not looked into. The source is read a second time with
    continued lines and words cut by a comment put together, so that neither hides anything.
    """
    source = normalize_line_ends(source)
    joined = _BLOCK_COMMENT.sub("", _CONTINUED.sub("", source))
    return list(dict.fromkeys([*_reasons(source), *_reasons(joined)]))


def _reasons(source: str) -> Iterator[str]:
    tokens = tokenize(source)
    for index, token in enumerate(tokens):
        if token.text == "#":
            reason = _directive(tokens, index)
        elif token.kind is Kind.STRING:
            reason = _text(token.text)
        elif token.kind is Kind.NAME:
            reason = _name(tokens, index)
        else:
            reason = None
        if reason:
            yield reason


def _directive(tokens: list[Token], index: int) -> str | None:
    words = []
    for token in tokens[index + 1 :]:
        if token.text == "#" or not (token.directive or token.line == tokens[index].line):
            break
        if token.text != "\\":
            words.append(token.text)
    if words[:1] == ["include"] and "winapi" in "".join(words).lower():
        return "It calls Windows functions through the WinAPI includes, which is not allowed."
    if words[:1] == ["import"] and len(words) > 1:
        library = "".join(words[1:]).strip('"')
        return f"It imports functions of the library {library}, which is not allowed."
    return None


def _text(text: str) -> str | None:
    if _PIPE.search(text):
        return "It opens a named pipe to another program, which is not allowed."
    if _BRIDGE_FILES.search(text):
        return "It reaches into ForexElite Pro's own files, which is not allowed."
    return None


def _name(tokens: list[Token], index: int) -> str | None:
    before = tokens[index - 1].text if index else ""
    # A class before `::` counts for nothing: a word there may be `return`, or a macro that is empty.
    if before in (".", "->"):
        return None
    name = tokens[index].text
    following = [token.text for token in tokens[index + 1 : index + 4]]
    if following[:1] == ["##"]:
        name += "".join(following[1:2])
    if name in _SHOWN and following in ([",", "true", ")"], [",", "1", ")"]):
        return None
    if name.startswith("Socket") and name[6:7].isupper():
        return _NETWORK.format(name=name)
    sentence = _FORBIDDEN.get(name)
    return sentence.format(name=name) if sentence else None
