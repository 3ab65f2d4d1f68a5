"""The cheap check: grammar alone, with tree-sitter. Used where names and types can't be judged."""

import re
from functools import cache

import tree_sitter_cpp
from tree_sitter import Language, Node, Parser

from agent_core.mql.lexer import Token
from agent_core.mql.model import Diagnostic
from agent_core.mql.unit import Place, Unit

_MAX_ERRORS = 20

#: MQL5's own words in the grammar's terms, of the same length.
_PLAIN = {"input": "const", "sinput": "const ", "interface": "struct   "}
#: A macro of an include file that is not there may stand where the grammar allows nothing.
_MACRO = re.compile(r"[A-Z][A-Z0-9_]{2,}")
_WORDS = re.compile(r"\b(?:sinput|input|interface)\b")


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_cpp.language()))


def check_syntax(unit: Unit) -> list[Diagnostic]:
    """Returns the syntax errors of a unit."""
    text = _WORDS.sub(lambda match: _PLAIN[match.group()], unit.text)
    tree = _parser().parse(text.encode())
    found: list[Diagnostic] = []
    pending = [tree.root_node]
    while pending and len(found) < _MAX_ERRORS:
        node = pending.pop()
        if node.is_missing or node.is_error:
            diagnostic = _diagnostic(unit, node)
            if diagnostic:
                found.append(diagnostic)
        elif node.has_error:
            pending += reversed(node.children)
    return found


def _diagnostic(unit: Unit, node: Node) -> Diagnostic | None:
    line, column = node.start_point.row + 1, node.start_point.column + 1
    here = unit.token_at(line, column)
    if unit.beyond_checker and any(_is_macro(token) for token in (here, unit.token_at(line, 1))):
        return None
    if node.is_missing and node.type == ";":
        following = unit.next_token(line, column)
        if following is None:
            return _at(unit.place(line, column), 161, "unexpected end of program")
        place, token = following
        if unit.beyond_checker and _is_macro(token):
            return None
        return _at(place, 154, f"'{token.shown}' - semicolon expected")
    if node.is_missing:
        return _at(unit.place(line, column), 149, f"'{node.type}' expected")
    return _at(unit.place(line, column), 149, f"'{here.shown if here else ''}' - unexpected token")


def _is_macro(token: Token | None) -> bool:
    return token is not None and _MACRO.fullmatch(token.text) is not None


def _at(place: Place | None, code: int, message: str) -> Diagnostic | None:
    return Diagnostic(place.line, place.column, "error", code, message, place.file) if place else None
