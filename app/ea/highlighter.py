"""Colours MQL5 source: keywords, types, numbers, strings, comments, preprocessor, calls."""

import re

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app.theme import Theme

_KEYWORDS = (
    "break|case|class|const|continue|default|delete|do|else|enum|extern|false|final|for|if|input|interface|"
    "namespace|new|operator|override|private|protected|public|return|sinput|static|struct|switch|template|"
    "this|true|typename|union|virtual|while|NULL"
)
_TYPES = "bool|char|color|datetime|double|float|int|long|matrix|short|string|uchar|uint|ulong|ushort|vector|void"

#: One token a branch; the named group is the colour's role.
_TOKENS = re.compile(
    r"(?P<comment>//[^\n]*)"
    r"|(?P<string>\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?)"
    r"|(?P<directive>^\s*\#\s*\w+)"
    r"|(?P<header><[\w\\/. ]+\.mqh>)"
    r"|(?P<number>\b(?:0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?)\b)"
    rf"|(?P<keyword>\b(?:{_KEYWORDS})\b)"
    rf"|(?P<type>\b(?:{_TYPES}|ENUM_\w+|Mql\w+|C[A-Z]\w+)\b)"
    r"|(?P<call>\b[A-Za-z_]\w*(?=\s*\())"
)
_OPEN_COMMENT = re.compile(r"/\*")
_CLOSE_COMMENT = re.compile(r"\*/")
_INSIDE_COMMENT = 1

_COLORS = {
    "comment": "mute", "string": "good", "directive": "accent", "header": "good", "number": "warning",
    "keyword": "accent", "type": "owner", "call": "warning",
}  # fmt: skip


class MqlHighlighter(QSyntaxHighlighter):
    """Highlights a document and follows the theme."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme
        self._formats: dict[str, QTextCharFormat] = {}
        theme.changed.connect(self._restyle)
        self._restyle()

    def highlightBlock(self, text: str) -> None:  # noqa: N802
        """Colours one line; block comments carry over from the line before."""
        start = 0
        if self.previousBlockState() == _INSIDE_COMMENT:
            start = self._comment(text, 0)
        self.setCurrentBlockState(0 if start >= 0 else _INSIDE_COMMENT)
        while 0 <= start < len(text):
            token = _TOKENS.search(text, start)
            comment = _OPEN_COMMENT.search(text, start)
            if comment is not None and (token is None or comment.start() <= token.start()):
                start = self._comment(text, comment.start())
                self.setCurrentBlockState(0 if start >= 0 else _INSIDE_COMMENT)
            elif token is None:
                return
            else:
                self.setFormat(token.start(), token.end() - token.start(), self._formats[token.lastgroup or "comment"])
                start = token.end()

    def _comment(self, text: str, start: int) -> int:
        """Colours a block comment; returns where it ends, −1 when it goes on in the next line."""
        end = _CLOSE_COMMENT.search(text, start)
        stop = end.end() if end else len(text)
        self.setFormat(start, stop - start, self._formats["comment"])
        return stop if end else -1

    def _restyle(self) -> None:
        for role, token in _COLORS.items():
            style = QTextCharFormat()
            style.setForeground(self._theme.color(token))
            if role == "keyword":
                style.setFontWeight(QFont.Weight.Medium)
            self._formats[role] = style
        self.rehighlight()
