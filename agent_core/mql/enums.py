"""Values given to enumerations: what MQL5 lets pass, warns of and refuses, where C++ refuses all of it.

A number that is a member's value passes; another number is an error; a number that is computed is a warning; a member
of another enumeration is a warning, or an error where its value can't be a member's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from agent_core.mql.front_end import RawDiagnostic
from agent_core.mql.includes import shipped_folder
from agent_core.mql.lexer import Token
from agent_core.mql.model import Diagnostic
from agent_core.mql.outline import Members, Outline
from agent_core.mql.unit import Place, Unit

_GIVEN = re.compile(
    r"^(?:cannot initialize (?P<what>[\w ]+?) of type|assigning to) '(?:const )?(?P<target>\w+)'"
    r" (?:with an? [lr]value of type|from incompatible type) '(?:const )?(?P<source>[\w ]+)'"
)
_ARGUMENT = re.compile(r"no known conversion from '(?:const )?(?P<source>[\w ]+)' to '(?P<target>\w+)' for (?P<at>\d+)")
_ARITY = re.compile(r"requires (?:at (?:least|most) |single |no )?(?:\d+ )?arguments?|but (?:no |\d+ )arguments?")
_NUMBERS = {
    "bool", "char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "long", "unsigned long", "uchar",
    "ushort", "uint", "ulong", "double", "float",
}  # fmt: skip
_ENDS = {";", ",", "}"}
_FAMILY = re.compile(r"_(?:INTEGER|DOUBLE|STRING)$")
_LOOK_AHEAD = 400


@cache
def _builtin() -> tuple[dict[str, Members], frozenset[str]]:
    """MQL5's enumerations with their members' values, where they are known; the names of its other constants."""
    text = (shipped_folder() / "checker" / "builtins.h").read_text(encoding="utf-8")
    enumerations: dict[str, Members] = {}
    for name, body in re.findall(r"^enum (\w+) : int \{ (.*) \};$", text, re.MULTILINE):
        pairs = (part.partition("=") for part in body.split(", "))
        enumerations[name] = {member: int(value) if value else None for member, _, value in pairs}
    return enumerations, frozenset(re.findall(r"^const int (\w+)=", text, re.MULTILINE))


@dataclass(frozen=True, slots=True)
class GivenValue:
    """A value given to an enumeration that C++ refuses.

    Attributes:
        diagnostic: What MetaEditor says about it, None where MQL5 allows it.
        target: The enumeration.
        argument: Where it is the argument of a call: its first and its last token. What is wrong with the call besides
            is only seen once this argument has the right type.
    """

    diagnostic: Diagnostic | None
    target: str
    argument: tuple[Token, Token] | None


def given_value(raw: RawDiagnostic, unit: Unit) -> GivenValue | None:
    """Judges a message that is about a value given to an enumeration; None for all others."""
    match = _GIVEN.match(raw.text)
    call = match is None and raw.text.startswith("no matching")
    if match is not None:
        after_name = match["what"] in {"a variable", "a member"}
        value = _initializer(unit, raw) if after_name else list(_tokens(unit, raw))
    elif call and (match := _wrong_argument(raw, unit.outline)) is not None:
        value = _argument(unit, raw, int(match["at"]))
    if match is None or _members(match["target"], unit.outline) is None:
        return None
    source, target = match["source"], match["target"]
    if source not in _NUMBERS and _members(source, unit.outline) is None:
        return None
    value = _expression(value)
    argument = (value[0][1], value[-1][1]) if call and value else None
    return GivenValue(_verdict(unit, raw, value, source, target), target, argument)


def _verdict(
    unit: Unit, raw: RawDiagnostic, value: list[tuple[Place, Token]], source: str, target: str
) -> Diagnostic | None:
    while value and value[0][1].text == "(" and value[-1][1].text == ")":
        value = value[1:-1]
    place = value[0][0] if value else unit.place(raw.line, raw.column)
    if place is None:
        return None
    words = [token.text for _, token in value]
    members = _members(target, unit.outline) or {}
    if source in _NUMBERS:
        return _number(place, words, members, target)
    text = f"implicit conversion from 'enum {source}' to 'enum {target}'"
    known = (_members(source, unit.outline) or {}).get(words[-1]) if words else None
    families = _FAMILY.search(source) and _FAMILY.search(target)
    impossible = known is not None and None not in members.values() and known not in members.values()
    if impossible or families:
        return Diagnostic(place.line, place.column, "error", 262, f"'{words[-1]}' - cannot convert enum", place.file)
    return Diagnostic(place.line, place.column, "warning", 42, text, place.file)


def _number(place: Place, words: list[str], members: Members, target: str) -> Diagnostic | None:
    sign = -1 if words[:1] == ["-"] else 1
    digits = words[1:] if sign < 0 else words
    if len(digits) == 1 and (number := _whole(digits[0])) is not None:
        if None in members.values() or sign * number in members.values():
            return None
        text = f"cannot convert {sign * number} to enum '{target}'"
        return Diagnostic(place.line, place.column, "error", 262, text, place.file)
    # WRONG_VALUE fits every enumeration; the type of a choice between members is only known to MetaEditor.
    if not words or "?" in words or (len(words) == 1 and words[0] in _builtin()[1]):
        return None
    return Diagnostic(place.line, place.column, "warning", 42, "implicit enum conversion", place.file)


def _whole(text: str) -> int | None:
    try:
        return int(text, 0) if text == "0" or not text.startswith("0") or text[1:2] in "xXbB" else int(text)
    except ValueError:
        return None


def _members(name: str, outline: Outline) -> Members | None:
    return outline.enumerations.get(name) or _builtin()[0].get(name)


def _tokens(unit: Unit, raw: RawDiagnostic) -> Iterator[tuple[Place, Token]]:
    return islice(unit.following(raw.line, raw.column), _LOOK_AHEAD)


def _initializer(unit: Unit, raw: RawDiagnostic) -> list[tuple[Place, Token]]:
    """Returns what follows `name =` or `name(`."""
    found = list(_tokens(unit, raw))
    return found[2:] if len(found) > 1 and found[1][1].text in {"=", "(", "{"} else []


def _argument(unit: Unit, raw: RawDiagnostic, number: int) -> list[tuple[Place, Token]]:
    """Returns what begins with the argument of that number, from 1, of the call at a message's place."""
    found = list(_tokens(unit, raw))
    opening = next((index for index, (_, token) in enumerate(found) if token.text == "("), None)
    if opening is None:
        return []
    depth = 0
    for index in range(opening, len(found)):
        text = found[index][1].text
        depth += (text in {"(", "[", "{"}) - (text in {")", "]", "}"})
        if depth == 1 and text in {"(", ","}:
            number -= 1
            if number == 0:
                return found[index + 1 :]
        if depth == 0:
            break
    return []


def _expression(value: list[tuple[Place, Token]]) -> list[tuple[Place, Token]]:
    """Returns the value up to its end."""
    depth = 0
    for index, (_, token) in enumerate(value):
        depth += (token.text in {"(", "["}) - (token.text in {")", "]"})
        if depth < 0 or (depth == 0 and token.text in _ENDS):
            return value[:index]
    return []


def _wrong_argument(raw: RawDiagnostic, outline: Outline) -> re.Match[str] | None:
    """Returns the first candidate's reason when every candidate fails for a value of an enumeration alone."""
    reasons = [note for note in raw.notes if note.startswith("candidate") and not _ARITY.search(note)]
    found = [_ARGUMENT.search(note) for note in reasons]
    about_enums = found and all(match and _members(match["target"], outline) is not None for match in found)
    return found[0] if about_enums else None
