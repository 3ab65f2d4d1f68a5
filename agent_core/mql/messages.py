"""What the C++ front end says → what MetaEditor says.

Three answers are possible for a message: it is MQL5 after all (dropped), it has MetaEditor's code and words, or it is
an error without a counterpart, which keeps the front end's words under MetaEditor's "syntax error".
"""

import re
from dataclasses import dataclass
from typing import Literal

from agent_core.mql.front_end import RawDiagnostic
from agent_core.mql.model import Severity
from agent_core.mql.outline import Outline
from agent_core.mql.translate import RENAMED_SUFFIX

#: Where the message belongs: at the front end's place, at the next token, or at the called function's name.
WARNING: Literal["warning"] = "warning"
Anchor = Literal["here", "next", "callee"]


@dataclass(frozen=True, slots=True)
class Rule:
    """MetaEditor's form of a message; `{0}`, `{1}` are the pattern's groups, `{token}` the token it is about."""

    pattern: re.Pattern[str]
    code: int
    message: str
    severity: Severity = "error"
    anchor: Anchor = "here"


def _rule(
    pattern: str,
    code: int,
    message: str,
    severity: Severity = "error",
    anchor: Anchor = "here",
) -> Rule:
    return Rule(re.compile(pattern), code, message, severity, anchor)


#: What C++ refuses and MQL5 allows.
ALLOWED = re.compile(
    "|".join(
        (
            r"did you mean to use '->'",
            r"is a pointer; did you mean",
            r"redefinition of default argument",
            r"conditional expression is ambiguous",
            r"incompatible operand types",
            r"(initialize|assigning to|no known conversion|cannot convert|no viable conversion).*'?(ENUM_|enum)",
            r"(initialize|assigning to|no known conversion|cannot convert).* (with|from) (an )?"
            r"(lvalue|rvalue|incompatible type '(int|long|uint|ulong|double|bool|unsigned))",
            r"cannot take the address of an rvalue",
            r"cannot be narrowed",
            r"constant expression evaluates to",
            r"member reference base type '[^']*(\*|\])'",
            r"conflicts with typedef",
            r"base of member reference is a function",
            r"non-object type '.*\(.*\)' is not assignable",
            r"incomplete type",
            r"not at the end of class",
            r"default initialization of an object of const type",
            r"array type .* is not assignable",
            r"cannot bind to a temporary of type '.*\*'",
            r"(con|de)structor cannot have a return type",
            r"(initialize|assigning|incompatible).*\*' (with|from).*\*'",
            r"can only be specified inside the class definition",
            r"redefinition of .* with a different type",
            r"invalid preprocessing directive",
            r"variable length array",
            r"requires a user-provided default constructor",
            r"ISO C\+\+",
            r"is not polymorphic",
            r"cannot (?:in|de)crement expression of enum type",
            r"from 'u?(int|long|short|char)' to 'u?\1 &'",
            r"functions that differ only in their return type",  # of `#import` and builtin
            r"(no known conversion|no viable conversion|could not convert) from '[^']*\*' to ",
            r"(no known conversion|no viable conversion|could not convert) from '[^']*' to '[^']*\*'",
        )
    )
)

HIDES_GLOBAL = 62
RULES = (
    _rule(r"^expected ';'", 154, "'{token}' - semicolon expected", anchor="next"),
    _rule(r"^(?:use of undeclared identifier|no member named) '(\w+)'", 256, "undeclared identifier '{0}'"),
    _rule(r"^unknown type name '(\w+)'", 149, "'{0}' - unexpected token, probably type is missing?"),
    _rule(r"^no template named '(\w+)'", 149, "'{0}' - unexpected token, probably type is missing?"),
    _rule(r"type specifier", 149, "'{token}' - unexpected token, probably type is missing?"),
    _rule(r"^too (?:few|many) arguments (?:to|provided)", 199, "wrong parameters count", anchor="callee"),
    _rule(r"^expected '\}'", 133, "'{{' - unbalanced braces, '}}' expected"),
    _rule(r"^extraneous closing brace", 131, "'}}' - unbalanced braces"),
    _rule(r"^function definition is not allowed here", 325, "function can be declared only in the global scope"),
    _rule(r"^expected '[)\]]'", 145, "'{token}' - unexpected token, closing bracket expected"),
    _rule(r"^expected '\('", 132, "'{token}' - open parenthesis expected", anchor="next"),
    _rule(r"^expected expression", 157, "'{token}' - expression expected"),
    _rule(r"cannot assign to .*const|because it is const|read-only|'const ", 189, "constant cannot be modified"),
    _rule(r"^expression is not assignable|lvalue", 177, "l-value required"),
    _rule(r"should not return a value", 167, "'void' function returns a value"),
    _rule(r"^non-void function .*should return a value", 121, "function must return a value"),
    _rule(r"^non-void function does not return a value in all", 78, "not all control paths return a value", WARNING),
    _rule(r"^non-void function does not return a value", 117, "not all control paths return a value"),
    _rule(r"^'break' statement", 153, "'break' - operator is used incorrectly"),
    _rule(r"^'continue' statement", 210, "'continue' - operator is used incorrectly"),
    _rule(r"^'(?:case|default)' statement", 184, "'{token}' - operator is used incorrectly"),
    _rule(r"^duplicate case value", 172, "case value already used"),
    _rule(r"^multiple default labels", 238, "'default' - already used in this switch"),
    _rule(r"^invalid operands to binary", 150, "illegal operation use"),
    _rule(r"^'(\w+)' is a (?:private|protected) member", 211, "'{0}' - cannot access private member"),
    _rule(r"is an abstract class|abstract class type", 383, "cannot instantiate abstract class"),
    _rule(r"^'this' argument to member function|not marked const", 279, "non-constant method for a constant object"),
    _rule(r"^call to '?([\w ]+)'? is ambiguous|is ambiguous$", 182, "ambiguous call to overloaded function"),
    _rule(r"unterminated conditional directive|#endif without|#else without", 372, "inconsistent #ifdef/#endif"),
    _rule(
        r"^no viable conversion from 'string' to '([^']+)'", 93, "implicit conversion from 'string' to '{0}'", WARNING
    ),
    _rule(
        r"^implicit conversion (?:turns floating|loses)", 43, "possible loss of data due to type conversion", WARNING
    ),
    _rule(r"^unused variable '(\w+)'", 31, "variable '{0}' not used", WARNING),
    _rule(r"result unused", 95, "expression has no effect", WARNING),
    _rule(r"^declaration shadows a local variable", 61, "declaration hides local variable", WARNING),
    _rule(r"^declaration shadows a variable", HIDES_GLOBAL, "declaration hides global variable", WARNING),
    _rule(r"^declaration shadows a field", 72, "declaration hides class member", WARNING),
    _rule(r"^no viable conversion|^cannot initialize|^assigning to|cannot convert", 252, "cannot convert type"),
    _rule(r"^expected|^extra|unexpected", 149, "'{token}' - unexpected token"),
)

#: Warnings of the front end that are errors in MQL5.
_ERRORS_FROM_WARNINGS = {117, 121, 167}

#: An error that has no counterpart: its own words under MetaEditor's number.
SYNTAX_ERROR = Rule(re.compile(""), 239, "syntax error: {text}")


def interpret(raw: RawDiagnostic, outline: Outline) -> Rule | None:
    """Returns MetaEditor's form of a message, or None when it is not an error in MQL5."""
    text = raw.text
    if ALLOWED.search(text):
        return None
    undeclared = re.match(r"(?:use of undeclared identifier|unknown type name|no template named) '(\w+)'", text)
    if undeclared and outline.declares(undeclared.group(1)):
        return None
    if text.startswith(("redefinition of", "class member cannot be redeclared")):
        return _redefinition(text, outline)
    if text.startswith(("no matching", "no overload")):
        return _no_match(raw)
    for rule in RULES:
        if rule.pattern.search(text):
            told = raw.error or rule.severity == WARNING or rule.code in _ERRORS_FROM_WARNINGS
            return rule if told else None
    return SYNTAX_ERROR if raw.error else None


def _redefinition(text: str, outline: Outline) -> Rule | None:
    match = re.search(r"'(\w+)'", text)
    name = match.group(1) if match else ""
    if text.startswith("redefinition of enumerator"):
        if sum(name in members for members in outline.enumerations.values()) > 1:
            return None  # two enumerations may share a member's name
        return _rule("", 191, f"'{name}' - enumerator identifier already defined")
    if text.startswith("redefinition of parameter"):
        return _rule("", 376, f"redefinition of formal parameter '{name}'")
    if name in outline.types:
        return _rule("", 127, f"'{name}' - structure already defined")
    if name in outline.functions:
        return _rule("", 165, f"'{name}' - function already defined and has body")
    return _rule("", 125, "variable already defined")


_ARITY = re.compile(r"requires (?:at (?:least|most) |single |no )?(?:\d+ )?arguments?|but (?:no |\d+ )arguments?")


def _no_match(raw: RawDiagnostic) -> Rule | None:
    """Judges a call for which no function fits by the reasons given for each candidate."""
    reasons = [note for note in raw.notes if note.startswith("candidate")]
    if any("could not match 'MqlRef" in note or "couldn't infer template argument" in note for note in reasons):
        return None  # C++ does not find T in `const T &values[]`, MQL5 does
    if reasons and all(_ARITY.search(note) for note in reasons):
        return _rule("", 199, "wrong parameters count")
    if reasons and all("'string' to" in note for note in reasons):
        return _rule("", 93, "implicit conversion from 'string' to 'number'", WARNING)
    if any(ALLOWED.search(note) or "'string' to" in note for note in reasons):
        return None
    if len(reasons) > 1:
        return _rule("", 166, "no one of the overloads can be applied to the function call")
    return _rule("", 246, "parameter conversion not allowed")


def display_name(text: str) -> str:
    """Gives renamed words back their MQL5 spelling."""
    return text.removesuffix(RENAMED_SUFFIX)
