"""Array declarations of MQL5 → class templates of the checker's core header.

`double a[]` becomes `MqlArray<double> a`, a parameter `const double &a[]` becomes `const MqlRef<double> a`; further
dimensions become array element types (`MqlArray<double[3]>`). Arrays of fixed size and arrays with an initialiser are
the same in both languages.
"""

from dataclasses import dataclass

from agent_core.mql.lexer import Kind, Token

_SPECIFIERS = {"static", "const", "input", "sinput", "extern"}
_NOT_TYPES = {
    "return", "delete", "new", "else", "case", "goto", "typedef", "using", "sizeof", "do", "operator", "default",
}  # fmt: skip
_STATEMENT_STARTS = {";", "{", "}", ":"}


def rewrite_arrays(tokens: list[Token]) -> list[Token]:
    """Rewrites all declarations of dynamic arrays and of array parameters."""
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if _starts_statement(tokens, index):
            declaration = _Declaration.parse(tokens, index)
            if declaration:
                result += declaration.render()
                index = declaration.end
                continue
        if token.text == "&" and not token.directive:
            end = _reference(tokens, index, result)
            if end:
                index = end
                continue
        result.append(token)
        index += 1
    return result


def _starts_statement(tokens: list[Token], index: int) -> bool:
    if tokens[index].kind is not Kind.NAME or tokens[index].directive:
        return False
    return index == 0 or tokens[index - 1].text in _STATEMENT_STARTS or tokens[index - 1].directive


def _dimensions(tokens: list[Token], index: int) -> tuple[list[list[Token]], int]:
    """Reads `[a][b]` at `index`; returns what is in each pair of brackets and the index after them."""
    dimensions: list[list[Token]] = []
    while index < len(tokens) and tokens[index].text == "[":
        depth, start = 1, index + 1
        index += 1
        while index < len(tokens) and depth:
            depth += {"[": 1, "]": -1}.get(tokens[index].text, 0)
            index += 1
        dimensions.append(tokens[start : index - 1])
    return dimensions, index


def _rows(dimensions: list[list[Token]]) -> str:
    """Returns the further dimensions as C++ text."""
    return "".join("[" + " ".join(token.text for token in inner) + "]" for inner in dimensions[1:])


def _reference(tokens: list[Token], index: int, result: list[Token]) -> int:
    """Rewrites `type &name[]` whose `&` is at `index`; returns the index after it, or 0 if it is something else."""
    after = index + 1
    name = tokens[after] if after < len(tokens) and tokens[after].kind is Kind.NAME else None
    if name:
        after += 1
    dimensions, end = _dimensions(tokens, after)
    if not dimensions or (dimensions[0] and not _fixed_parameter(tokens, index, end)):
        return 0
    start = _type_start(result)
    if start is None:
        return 0
    wrapped = result[start:]
    result[start:] = [
        wrapped[0].with_text("MqlRef<" + wrapped[0].text),
        *wrapped[1:],
        tokens[index].with_text(_rows(dimensions) + ">"),
    ]
    if name:
        result.append(name)
    return end


def _fixed_parameter(tokens: list[Token], ampersand: int, end: int) -> bool:
    """Tells whether `type &name[3]` is a parameter, not an expression `flags & mask[3]`."""
    before = ampersand - 2
    if before >= 0 and tokens[before].text == "const":
        before -= 1
    return (
        before >= 1
        and end < len(tokens)
        and tokens[before].text in {"(", ","}
        and tokens[end].text in {",", ")"}
        and (tokens[before - 1].kind is Kind.NAME or tokens[before].text == ",")
        and tokens[ampersand - 1].text in _PRIMITIVES
    )


_PRIMITIVES = {
    "bool", "char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "float", "double", "string",
    "datetime", "color", "MqlRates", "MqlTick",
}  # fmt: skip


def _type_start(result: list[Token]) -> int | None:
    """Finds where the type at the end of `result` begins."""
    index = len(result) - 1
    if index >= 0 and result[index].text == "const":
        index -= 1
    while index >= 0 and result[index].text == "*":
        index -= 1
    if index >= 0 and result[index].text == ">":
        depth = 0
        while index >= 0:
            depth += {">": 1, "<": -1}.get(result[index].text, 0)
            index -= 1
            if depth == 0:
                break
    if index < 0 or result[index].kind is not Kind.NAME:
        return None
    while index >= 2 and result[index - 1].text == "::":
        index -= 2
    return index


@dataclass(slots=True)
class _Declarator:
    separator: Token | None
    stars: str
    name: list[Token]
    dimensions: list[list[Token]]
    brackets: list[Token]
    initializer: list[Token]

    @property
    def dynamic(self) -> bool:
        empty = [token.text for token in self.initializer] in ([], ["=", "{", "}"])
        return bool(self.dimensions) and not self.dimensions[0] and empty


@dataclass(slots=True)
class _Declaration:
    """`static double a[], b[10], c = 1;` with at least one dynamic array."""

    specifiers: list[Token]
    type: list[Token]
    declarators: list[_Declarator]
    end: int

    @classmethod
    def parse(cls, tokens: list[Token], index: int) -> "_Declaration | None":
        start = index
        while tokens[index].text in _SPECIFIERS and index + 1 < len(tokens):
            index += 1
        specifiers, start = tokens[start:index], index
        if tokens[index].kind is not Kind.NAME or tokens[index].text in _NOT_TYPES:
            return None
        index = _after_type(tokens, index)
        declaration = cls(specifiers, tokens[start:index], [], 0)
        separator: Token | None = None
        while index < len(tokens):
            declarator, index = _declarator(tokens, index, separator)
            if declarator is None or index >= len(tokens):
                return None
            declaration.declarators.append(declarator)
            separator = tokens[index]
            if separator.text == ";":
                declaration.end = index
                return declaration if any(item.dynamic for item in declaration.declarators) else None
            if separator.text != ",":
                # a forgotten semicolon: the array is still an array
                declaration.end = index
                return declaration if declarator.dynamic else None
            index += 1
        return None

    def render(self) -> list[Token]:
        result = list(self.specifiers)
        type_text = "".join(token.text for token in self.type)
        specifier_text = "".join(token.text + " " for token in self.specifiers)
        for declarator in self.declarators:
            opening, closing = "", declarator.stars
            if declarator.dynamic:
                opening, closing = "MqlArray<", declarator.stars + _rows(declarator.dimensions) + ">"
            if declarator.separator is None:
                result.append(self.type[0].with_text(opening + self.type[0].text))
                result += self.type[1:]
                if closing:
                    result.append(self.type[-1].with_text(closing))
            else:
                result.append(declarator.separator.with_text(f"; {specifier_text}{opening}{type_text}{closing}"))
            result += declarator.name
            if not declarator.dynamic:
                result += declarator.brackets + declarator.initializer
        return result


def _after_type(tokens: list[Token], index: int) -> int:
    index += 1
    while index + 1 < len(tokens) and tokens[index].text == "::" and tokens[index + 1].kind is Kind.NAME:
        index += 2
    if index < len(tokens) and tokens[index].text == "<":
        depth = 0
        while index < len(tokens) and tokens[index].text not in {";", "{", "("}:
            depth += {"<": 1, ">": -1, ">>": -2}.get(tokens[index].text, 0)
            index += 1
            if depth <= 0:
                break
    return index


def _declarator(tokens: list[Token], index: int, separator: Token | None) -> tuple[_Declarator | None, int]:
    stars = ""
    while index < len(tokens) and tokens[index].text == "*":
        stars += "*"
        index += 1
    start = index
    if index >= len(tokens) or tokens[index].kind is not Kind.NAME or tokens[index].text in _NOT_TYPES:
        return None, index
    index = _after_name(tokens, index)
    name, first_bracket = tokens[start:index], index
    dimensions, index = _dimensions(tokens, index)
    brackets = tokens[first_bracket:index]
    start, depth = index, 0
    if index < len(tokens) and tokens[index].text == "=":
        while index < len(tokens):
            text = tokens[index].text
            if depth == 0 and text in {",", ";"}:
                break
            depth += (text in {"(", "[", "{"}) - (text in {")", "]", "}"})
            index += 1
    return _Declarator(separator, stars, name, dimensions, brackets, tokens[start:index]), index


def _after_name(tokens: list[Token], index: int) -> int:
    index += 1
    while index + 1 < len(tokens) and tokens[index].text == "::" and tokens[index + 1].kind is Kind.NAME:
        index += 2
    return index
