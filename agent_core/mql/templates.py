"""The strategies shipped with the program: complete Expert Advisors to start from."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agent_core.mql.text import decode_source

_FIELD = re.compile(r"^(\w+): (.*)$")
_MINOR_WORDS = {"of", "the", "a", "and", "stop"}


@dataclass(frozen=True, slots=True)
class StrategyTemplate:
    """One strategy.

    Attributes:
        name: Stem of its file.
        title: Its name for people.
        keywords: Single words in lower case that describe it.
        source: The whole program.
    """

    name: str
    title: str
    keywords: tuple[str, ...]
    source: str


@cache
def strategy_templates() -> tuple[StrategyTemplate, ...]:
    """Returns all shipped strategies, by file name."""
    folder = files("resources") / "mql5" / "templates"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".mq5")), key=lambda file: file.name)
    return tuple(_template(file.name.removesuffix(".mq5"), decode_source(file.read_bytes())) for file in found)


def _template(name: str, source: str) -> StrategyTemplate:
    """Reads the comment block at the head: `title: ...`, then `keywords: ...` over one or more lines."""
    fields: dict[str, str] = {}
    current = ""
    for line in source.splitlines():
        if not line.startswith("//"):
            break
        text = line.removeprefix("//").strip("| +-")
        match = _FIELD.match(text)
        if match:
            current = match.group(1)
            fields[current] = match.group(2)
        elif current == "keywords" and line.startswith("//|           "):
            fields[current] += " " + text
        else:
            current = ""
    words = re.findall(r"[a-z]+", fields["keywords"].lower())
    keywords = tuple(dict.fromkeys(word for word in words if word not in _MINOR_WORDS))
    return StrategyTemplate(name, fields["title"], keywords, source)
