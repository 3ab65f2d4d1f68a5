"""Inputs of an EA: what its source declares, and the terminal's .set files."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.terminal.text_files import read_text, utf16

_INPUT = re.compile(
    r"""
    ^[ \t]*s?input\s+(?!group\b)(?P<type>\w+)\s+(?P<name>\w+)\s*=\s*
    (?P<value>"(?:\\.|[^"\\\n])*"|[^;"]+?)\s*;[ \t]*(?://[ \t]*(?P<label>[^\n]*))?
    """,
    re.MULTILINE | re.VERBOSE,
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_WHOLE = {"char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "color", "datetime"}
_REAL = {"double", "float"}
_WHOLE_TEXT = re.compile(r"-?\d{1,20}")
_REAL_TEXT = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")


@dataclass(frozen=True, slots=True)
class EaInput:
    """One input. `default` is as the source has it; `label` what the terminal shows, else the name."""

    name: str
    type: str
    default: str
    label: str


def inputs_of(source: str) -> list[EaInput]:
    """Returns the inputs that a source declares itself, in its order; those of include files are not among them."""
    plain = _COMMENT.sub("", source)
    return [
        EaInput(
            found["name"], found["type"], found["value"].strip('"'), (found["label"] or "").strip() or found["name"]
        )
        for found in _INPUT.finditer(plain)
    ]


def check_values(inputs: Iterable[EaInput], values: Mapping[str, str]) -> None:
    """Refuses a value that the terminal would silently read as something else.

    Raises:
        ForexEliteError: a value does not fit its input's type.
    """
    for item in inputs:
        value = values.get(item.name)
        wanted = None if value is None else _wanted(item.type, value)
        if wanted is not None:
            raise ForexEliteError(
                ErrorCode.VALIDATION_ERROR, f"Input {item.name} takes {wanted}, not “{value}”.", field="inputs"
            )


def read_set(path: Path, inputs: Iterable[EaInput]) -> dict[str, str]:
    """Reads a .set file; what follows a value for the optimiser, and names that are no inputs, are left out.

    Raises:
        ForexEliteError: it can't be read, or has no value of these inputs.
    """
    try:
        text = read_text(path)
    except OSError as error:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR, f"{path} can't be read ({error.strerror}). Choose another file."
        ) from error
    names = {item.name for item in inputs}
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith(";"))
    found = {name.strip(): value.partition("||")[0].strip() for name, equals, value in pairs if equals}
    values = {name: value for name, value in found.items() if name in names}
    if not values:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR, f"{path.name} has no value of this EA's inputs. Choose its own .set file."
        )
    return values


def set_bytes(values: Mapping[str, str]) -> bytes:
    """Writes values as a .set file."""
    return utf16("".join(f"{name}={value}\n" for name, value in values.items()))


def _wanted(kind: str, value: str) -> str | None:
    """What a type takes, None when the value fits."""
    if kind == "bool":
        return None if value in {"true", "false"} else "true or false"
    if kind in _REAL:
        return None if _REAL_TEXT.fullmatch(value) else "a number"
    if kind in _WHOLE:
        return None if _WHOLE_TEXT.fullmatch(value) else "a whole number"
    if kind == "string":
        return None
    return None if _WHOLE_TEXT.fullmatch(value) else "the number of one of its choices"
