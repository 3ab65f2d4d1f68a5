"""The language of the window: each text is written in English where it is used, and looked up in one catalogue."""

import json
from importlib.resources import files

#: Languages by the name of their catalogue; English needs none.
LANGUAGES = {"en": "English", "de": "Deutsch"}

_catalogue: dict[str, str] = {}


def choose_language(language: str) -> None:
    """Takes a language for all texts that are made from now on; an unknown one means English."""
    _catalogue.clear()
    if language in LANGUAGES and language != "en":
        text = files("resources").joinpath(f"languages/{language}.json").read_text(encoding="utf-8")
        _catalogue.update(json.loads(text))


def tr(text: str) -> str:
    """Returns a text in the chosen language; in English where the catalogue doesn't know it."""
    return _catalogue.get(text, text)
