"""Constructs that a strategy has no business with: it trades on one chart and talks to nobody else."""

import re

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
}
_SHOW_FALSE = {"CHART_SHOW_TRADE_LEVELS", "CHART_SHOW_TRADE_HISTORY"}
_WINAPI = re.compile(r"""\s*#\s*include\s*[<"]\s*WinAPI[\\/]""", re.IGNORECASE)
_PIPE = re.compile(r"\\\\\\\\\.\\\\pipe|//\./pipe", re.IGNORECASE)
_BRIDGE_FILES = re.compile(r"(?:^|[\"\\/])FEP(?:\\\\|/)", re.IGNORECASE)


def forbidden_constructs(source: str) -> list[str]:
    """Returns what the source does that no strategy may, one sentence each; empty when there is nothing.

    Comments and texts do not count. Include files are not looked into.
    """
    source = normalize_line_ends(source)
    lines = source.split("\n")
    tokens = tokenize(source)
    reasons: dict[str, None] = {}
    for index, token in enumerate(tokens):
        if token.kind is Kind.HASH:
            reason = _directive(tokens, index, lines[token.line - 1])
        elif token.kind is Kind.STRING:
            reason = _text(token.text)
        elif token.kind is Kind.NAME:
            reason = _name(tokens, index)
        else:
            reason = None
        if reason:
            reasons[reason] = None
    return list(reasons)


def _directive(tokens: list[Token], index: int, line: str) -> str | None:
    if _WINAPI.match(line):
        return "It calls Windows functions through the WinAPI includes, which is not allowed."
    words = tokens[index + 1 : index + 3]
    if len(words) == 2 and words[0].text == "import" and words[1].kind is Kind.STRING:
        return f"It imports functions of the library {words[1].text.strip(chr(34))}, which is not allowed."
    return None


def _text(text: str) -> str | None:
    if _PIPE.search(text):
        return "It opens a named pipe to another program, which is not allowed."
    if _BRIDGE_FILES.search(text):
        return "It reaches into ForexElite Pro's own files, which is not allowed."
    return None


def _name(tokens: list[Token], index: int) -> str | None:
    before = [token.text for token in tokens[max(index - 2, 0) : index]]
    if before[-1:] in (["."], ["->"]):
        return None
    if before[-1:] == ["::"] and len(before) == 2 and tokens[index - 2].kind is Kind.NAME:
        return None
    name = tokens[index].text
    following = [token.text for token in tokens[index + 1 : index + 3]]
    if following[:1] == ["##"]:
        name += "".join(following[1:])
    if name in _SHOW_FALSE and following not in ([",", "false"], [",", "0"]):
        return None
    if name.startswith("Socket") and name[6:7].isupper():
        return _NETWORK.format(name=name)
    sentence = _FORBIDDEN.get(name)
    return sentence.format(name=name) if sentence else None
