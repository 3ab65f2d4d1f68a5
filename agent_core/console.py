"""What a program without a window says to whoever started it."""

import sys


def say(text: str, *, error: bool = False) -> None:
    """Writes a line to standard output, or to standard error.

    A program that Windows starts without a console has no streams. A redirected one takes the characters of its code
    page alone; others, as of a folder's name in another script, are written as escapes.
    """
    stream = sys.stderr if error else sys.stdout
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()
