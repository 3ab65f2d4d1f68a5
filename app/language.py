"""The language of the window: each text is written in English where it is made, and looked up in one catalogue.

A catalogue's line may have gaps: `"Bought {lots} {symbol} at {price}."`. A finished sentence, also one that the agent
has made, is recognised by the words around its gaps. `{reason:tr}` in the translation looks the gap's own text up too.
So are the sentences of the cloud. What it passes on in other words (a broker's reason, what is wrong with a field)
stays as it was written.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

#: Languages by the name of their catalogue; English needs none.
LANGUAGES = {"en": "English", "de": "Deutsch"}

_GAP = re.compile(r"\{(\w+)(:tr)?\}")
_STOP = r"[.!?] [A-Z'“(]"
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z'“(])")
_REMEMBERED = 4096

_catalogue: dict[str, str] = {}
_patterns: list["_Pattern"] = []


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A line of the catalogue with gaps.

    Attributes:
        words: Length of the text around the gaps.
        sign: The longest piece of it, which a sentence must hold.
        expression: Matches a sentence that is made of the line.
        translation: The line in the chosen language, with the same gaps.
    """

    words: int
    sign: str
    expression: str
    translation: str


def choose_language(language: str) -> None:
    """Takes a language for all texts that are made from now on; an unknown one means English."""
    _catalogue.clear()
    _patterns.clear()
    _recognised.cache_clear()
    if language not in LANGUAGES or language == "en":
        return
    text = files("resources").joinpath(f"languages/{language}.json").read_text(encoding="utf-8")
    for line, translation in json.loads(text).items():
        if _GAP.search(line):
            _patterns.append(_pattern(line, translation))
        else:
            _catalogue[line] = translation
    # What says more fits better.
    _patterns.sort(key=lambda pattern: -pattern.words)


def tr(text: str) -> str:
    """Returns a text in the chosen language; in English where the catalogue doesn't know it."""
    if not _catalogue or not text:
        return text
    known = _catalogue.get(text)
    return _recognised(text) if known is None else known


@lru_cache(maxsize=_REMEMBERED)
def _recognised(text: str) -> str:
    for pattern in _patterns:
        if pattern.sign in text and (found := re.fullmatch(pattern.expression, text, re.DOTALL)):
            return _filled(pattern.translation, found)
    sentences = _SENTENCE_END.split(text)
    return " ".join(map(tr, sentences)) if len(sentences) > 1 else text


def _filled(translation: str, found: re.Match[str]) -> str:
    def value(gap: re.Match[str]) -> str:
        text = found[gap[1]]
        return tr(text) if gap[2] else text

    return _GAP.sub(value, translation)


def _pattern(line: str, translation: str) -> _Pattern:
    parts = _GAP.split(line)  # text, name, mark, text, name, mark, ..., text
    texts = parts[::3]
    expression = re.escape(texts[0])
    looked_up = {name for name, mark in _GAP.findall(translation) if mark}
    for name, text in zip(parts[1::3], texts[1:], strict=True):
        # A number or a name never runs on over the end of a sentence; a reason may be several.
        inner = ".+?" if name in looked_up else f"(?:(?!{_STOP}).)+?"
        expression += f"(?P<{name}>{inner}){re.escape(text)}"
    return _Pattern(sum(map(len, texts)), max(texts, key=len), expression, translation)
