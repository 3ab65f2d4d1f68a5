"""MQL5 tokens → C++ tokens at the same places, so that a C++ front end can judge them.

What differs between the languages is rewritten token by token; each token keeps its line and column, so what the
front end says can be traced back. `resources/mql5/checker/core.h` declares the types used here (`MqlArray` and so on).
"""

import re
from collections.abc import Callable

from agent_core.mql.arrays import rewrite_arrays
from agent_core.mql.lexer import Kind, Token

#: Words that are reserved in C++ and ordinary names in MQL5.
CPP_ONLY = {
    "alignas", "alignof", "asm", "auto", "catch", "char16_t", "char32_t", "const_cast", "constexpr", "decltype",
    "friend", "main", "mutable", "noexcept", "nullptr", "register", "reinterpret_cast", "signed", "static_assert",
    "thread_local", "throw", "try", "typeid", "unsigned", "volatile", "wchar_t",
}  # fmt: skip
RENAMED_SUFFIX = "_mql"

_ESCAPE = re.compile(r"\\x[0-9A-Fa-f]{1,4}|\\.")
_DROPPED = {"export"}


def translate(tokens: list[Token]) -> list[Token]:
    """Rewrites the tokens of one file. Include directives must have been taken out before."""
    passes: list[Callable[[list[Token]], list[Token]]] = [
        _literals,
        _inputs,
        _words,
        _constructors,
        _template_members,
        _enums,
        rewrite_arrays,
    ]
    for rewrite in passes:
        tokens = rewrite(tokens)
    return tokens


def _string(text: str) -> str:
    """Returns a C++ literal of the same length for an MQL5 string literal, to which `_s` can be put."""
    plain = _ESCAPE.sub(lambda match: "." * len(match.group()), text[1:-1])
    return '"' + "".join(char if " " <= char <= "~" and char != "\\" else "." for char in plain) + '"_s'


def _character(text: str) -> str:
    inner = text[1:-1]
    if len(inner) == 1 and " " <= inner <= "~" and inner not in "'\\":
        return text
    return "((ushort)1)"


_LITERALS: dict[Kind, Callable[[str], str]] = {
    Kind.STRING: _string,
    Kind.CHAR: _character,
    Kind.COLOR: lambda _text: "color(1)",
    Kind.DATE: lambda _text: "datetime(1)",
    Kind.BINARY: lambda _text: "1",
    Kind.BAD: lambda _text: "@",
}


def _literals(tokens: list[Token]) -> list[Token]:
    return [
        token.with_text(_LITERALS[token.kind](token.text)) if token.kind in _LITERALS else token for token in tokens
    ]


def _inputs(tokens: list[Token]) -> list[Token]:
    """Makes `input group "..."` an empty declaration and takes out the name in `input(name="...")`."""
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if token.text in {"input", "sinput"} and not token.directive:
            if following == "group":
                result.append(token.with_text('static_assert(true, "");'))
                index += 3
                if index < len(tokens) and tokens[index].text == ";":
                    index += 1
                continue
            if following == "(":
                result.append(token)
                index = matching(tokens, index + 1) + 1
                continue
        result.append(token)
        index += 1
    return result


def _words(tokens: list[Token]) -> list[Token]:
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if token.kind is Kind.NAME:
            if token.text in _DROPPED:
                index += 1
                continue
            if token.text == "pack" and following == "(" and index >= 2 and tokens[index - 2].text == "struct":
                index = matching(tokens, index + 1) + 1
                continue
            if token.text == "typename" and following == "(":
                token = token.with_text("mql_typename")
            elif token.text in CPP_ONLY:
                token = token.with_text(token.text + RENAMED_SUFFIX)
            elif token.text == "NULL" and following == ";" and _is_pure(tokens, index):
                token = token.with_text("0")
            elif token.text == "this" and following in {"[", "="}:
                token = token.with_text("(*this)")
        elif token.text == "%" and following == ":":
            token = token.with_text("% ")  # else C++ reads the digraph of '#'
        result.append(token)
        index += 1
    return result


def _is_pure(tokens: list[Token], index: int) -> bool:
    """Tells whether the word at `index` ends `virtual void f() = NULL`."""
    before = [token.text for token in tokens[max(index - 2, 0) : index]]
    return before in ([")", "="], ["const", "="], ["override", "="])


def _constructors(tokens: list[Token]) -> list[Token]:
    """Takes out `void` before constructors and destructors, which old MQL5 writes."""
    result: list[Token] = []
    classes: list[tuple[int, str]] = []
    depth = 0
    for index, token in enumerate(tokens):
        if token.text == "{":
            depth += 1
        elif token.text == "}":
            depth -= 1
            while classes and classes[-1][0] > depth:
                classes.pop()
        elif token.text in {"class", "struct"} and index + 1 < len(tokens):
            classes.append((depth + 1, tokens[index + 1].text))
        elif token.text == "void":
            texts = [other.text for other in tokens[index + 1 : index + 5]]
            old_style = (
                texts[:1] == ["~"]
                or (len(texts) == 4 and texts[1] == "::" and texts[2] in {"~", texts[0]} and texts[3] != ";")
                or (texts[1:2] == ["("] and bool(classes) and classes[-1] == (depth, texts[0]))
            )
            if old_style:
                continue
        result.append(token)
    return result


def _template_members(tokens: list[Token]) -> list[Token]:
    """Writes `template<typename T> void C<T>::f()` for MQL5's `template<typename T> void C::f()`."""
    parameters: dict[str, list[str]] = {}
    result: list[Token] = []
    names: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.text == "template" and index + 1 < len(tokens) and tokens[index + 1].text == "<":
            end = index + 2
            names = []
            while end < len(tokens) and tokens[end].text not in {">", ";", "{"}:
                if tokens[end].kind is Kind.NAME and tokens[end].text not in {"typename", "class"}:
                    names.append(tokens[end].text)
                end += 1
            result += tokens[index : end + 1]
            index = end + 1
            if index + 1 < len(tokens) and tokens[index].text in {"class", "struct", "interface"}:
                parameters[tokens[index + 1].text] = names
            continue
        if token.text in {"{", ";"}:
            names = []
        result.append(token)
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if names and following == "::" and token.text in parameters:
            result.append(token.with_text(f"<{','.join(names)}>"))
        index += 1
    return result


def _enums(tokens: list[Token]) -> list[Token]:
    """Gives named enumerations a fixed type, so that they can be declared ahead."""
    result: list[Token] = []
    for index, token in enumerate(tokens):
        result.append(token)
        if (
            token.kind is Kind.NAME
            and index + 1 < len(tokens)
            and tokens[index + 1].text == "{"
            and index >= 1
            and tokens[index - 1].text == "enum"
        ):
            result.append(token.with_text(": int"))
    return result


def matching(tokens: list[Token], opening: int) -> int:
    """Returns the index of the bracket that closes the one at `opening`, or the last index."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    stack: list[str] = []
    for index in range(opening, len(tokens)):
        text = tokens[index].text
        if text in pairs:
            stack.append(pairs[text])
        elif stack and text == stack[-1]:
            stack.pop()
            if not stack:
                return index
    return len(tokens) - 1
