"""What a program declares at file scope: MQL5 lets functions be used before their definition, C++ does not.

The outline gives the C++ front end forward declarations, and the filter the names that do exist somewhere.
"""

import re
from dataclasses import dataclass, field

from agent_core.mql.lexer import Kind, Token
from agent_core.mql.translate import matching

_RESULT_TYPES = {"void", "bool", "int", "uint", "long", "ulong", "double", "string", "datetime", "color"}
_TYPE_WORDS = {"class", "struct", "interface", "union", "enum"}
_SPECIFIERS = {"const", "static", "virtual", "inline", "export"}

Members = dict[str, int | None]
"""Members of an enumeration → their values, None where it takes a compiler to know."""


@dataclass(slots=True)
class Outline:
    """Names and forward declarations of one program.

    Attributes:
        forward: C++ declarations, one a line.
        functions: Names of its functions.
        types: Names of its classes, structures, enumerations and type definitions.
        names: Variables, enumeration members and macros.
        enumerations: Its enumerations, the nested ones apart.
        defaults: Tokens of default values of functions: the forward declaration has them, C++ wants them once.
    """

    forward: list[str] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    enumerations: dict[str, Members] = field(default_factory=dict)
    defaults: list[Token] = field(default_factory=list)

    def declares(self, name: str) -> bool:
        """Tells whether the name is declared anywhere at file scope."""
        return name in self.functions or name in self.types or name in self.names


def outline(tokens: list[Token]) -> Outline:
    """Reads the outline of a whole program, include files and all, from its translated tokens."""
    result = Outline()
    for index, token in enumerate(tokens):
        if token.directive and token.text == "define" and index + 1 < len(tokens):
            result.names.add(tokens[index + 1].text)
    plain = [token for token in tokens if not token.directive]
    statement: list[Token] = []
    index = 0
    while index < len(plain):
        token = plain[index]
        if token.text == ";":
            _declaration(statement, result)
            statement = []
        elif token.text == "{" and not _initializes(statement):
            end = _body_end(plain, index)
            _definition(statement, plain[index + 1 : end], result)
            statement = []
            index = end
        elif token.text in {"(", "{"}:
            end = matching(plain, index)
            statement += plain[index : end + 1]
            index = end
        else:
            statement.append(token)
        index += 1
    return result


def _initializes(statement: list[Token]) -> bool:
    """Tells whether a brace after this opens a list of values; a default value of a parameter does not count."""
    depth = 0
    for token in statement:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text == "=":
            return True
    return False


def _body_end(tokens: list[Token], opening: int) -> int:
    """Returns the index of a body's closing brace; where it is missing, of the last token before the next function."""
    depth = 0
    for index in range(opening, len(tokens)):
        token = tokens[index]
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return index
        starts_line = token.column == 1 and token.line != tokens[index - 1].line
        if (
            starts_line
            and token.text in _RESULT_TYPES
            and [other.kind for other in tokens[index + 1 : index + 2]] == [Kind.NAME]
        ):
            after = tokens[index + 2].text if index + 2 < len(tokens) else ""
            if after == "(":
                return index - 1
    return len(tokens) - 1


def _without_template(statement: list[Token]) -> list[Token]:
    if statement and statement[0].text == "template":
        end = next((i for i, token in enumerate(statement) if token.text == ">"), -1)
        return statement[end + 1 :]
    return statement


def _declaration(statement: list[Token], result: Outline) -> None:
    """Takes in what ended with a semicolon: variables, prototypes, type definitions."""
    if statement and statement[0].text == "typedef":
        names = [token.text for token in statement if token.kind is Kind.NAME]
        result.types.update(names)
        return
    depth, value = 0, False
    for index, token in enumerate(statement):
        following = statement[index + 1].text if index + 1 < len(statement) else ";"
        depth += (token.text in {"(", "[", "{"}) - (token.text in {")", "]", "}"})
        if depth == 0 and token.text in {"=", ","}:
            value = token.text == "="
        if (
            token.kind is Kind.NAME
            and index > 0
            and depth == 0
            and not value
            and following in {";", "=", ",", "[", "("}
        ):
            result.names.add(token.text)


def _definition(head: list[Token], body: list[Token], result: Outline) -> None:
    """Takes in what has a body in braces: a type or a function."""
    plain = _without_template(head)
    words = [token.text for token in plain]
    if words and words[0] in _TYPE_WORDS:
        _type(words, head, body, result)
    elif "(" in words:
        _function(head, plain, words.index("("), result)


def _type(words: list[str], head: list[Token], body: list[Token], result: Outline) -> None:
    members = _members(body) if words[0] == "enum" else {}
    result.names.update(members)
    if len(words) < 2:
        return
    name = words[1]
    if words[0] == "enum":
        result.enumerations[name] = members
    result.types.add(name)
    template = " ".join(token.text for token in head[: len(head) - len(words)])
    suffix = ": int" if words[0] == "enum" else ""
    result.forward.append(f"{template} {words[0]} {name}{suffix};")


def _members(body: list[Token]) -> Members:
    """Reads `{A, B = 5, C}`."""
    members: Members = {}
    value: int | None = -1
    for item in _split(body):
        words = [token.text for token in item if token.text not in {"{", "}"}]
        if not words:
            continue
        if len(words) == 1:
            value = None if value is None else value + 1
        else:
            text = "".join(words[2:])
            value = int(text) if re.fullmatch(r"-?(?:0|[1-9]\d*)", text) else None
        members[words[0]] = value
    return members


def _function(head: list[Token], plain: list[Token], opening: int, result: Outline) -> None:
    if opening < 2 or plain[opening - 1].kind is not Kind.NAME or plain[opening - 2].text == "::":
        return
    if any(token.text == "operator" for token in plain):
        return
    closing = matching(plain, opening)
    parameters = _split(plain[opening + 1 : closing])
    result.functions.add(plain[opening - 1].text)
    template = head[: len(head) - len(plain)]
    first = _start_of_type(plain, opening - 1)
    start = " ".join(token.text for token in [*template, *plain[first : opening + 1]])
    result.forward.append(f"{start}{', '.join(_parameter(item) for item in parameters)});")
    for item in parameters:
        equals = next((i for i, token in enumerate(item) if token.text == "="), len(item))
        result.defaults += item[equals:]


def _start_of_type(plain: list[Token], name: int) -> int:
    """Returns where the result's type begins; what is before it is a statement that lacks its semicolon."""
    pairs = range(name - 2, -1, -1)
    names = [token.kind is Kind.NAME and token.text not in _SPECIFIERS for token in plain]
    return next((index + 1 for index in pairs if names[index] and names[index + 1]), 0)


def _split(tokens: list[Token]) -> list[list[Token]]:
    parameters: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in {"(", "[", "{"}) - (token.text in {")", "]", "}"})
        depth += token.text.count("<") - token.text.count(">") if token.text not in {"<=", ">=", "->"} else 0
        if token.text == "," and depth == 0:
            parameters.append([])
        else:
            parameters[-1].append(token)
    return parameters


def _parameter(tokens: list[Token]) -> str:
    """Returns one parameter for a prototype; a default value becomes a neutral one of its type."""
    equals = next((i for i, token in enumerate(tokens) if token.text == "="), None)
    if equals is None:
        return " ".join(token.text for token in tokens)
    declared = tokens[:equals]
    kind = [token.text for token in declared[:-1] if token.text not in {"const", "&"}]
    default = "nullptr" if "*" in kind else f"{' '.join(kind)}()"
    return f"{' '.join(token.text for token in declared)} = {default}"
