"""Colours, type and style of the window: one set of tokens, one style sheet template."""

from app.theme.theme import Theme
from app.theme.tokens import DARK, LIGHT, Tokens

__all__ = ["DARK", "LIGHT", "Theme", "Tokens"]
