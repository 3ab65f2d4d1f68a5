"""What the sign-in form can tell by itself, before the cloud is asked."""

import re
from dataclasses import dataclass, field

MIN_PASSWORD = 8
MAX_PASSWORD_BYTES = 72
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True)
class Entries:
    """What was typed. The password stays out of any text made of it."""

    creating: bool
    email: str
    password: str = field(repr=False)
    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence, and the field it is about."""

    sentence: str
    field: str


def first_problem(entries: Entries) -> Problem | None:
    """Returns the first thing to put right; None when the form may be sent."""
    if entries.creating and not entries.name:
        return Problem("Enter your name.", "name")
    if not _EMAIL.fullmatch(entries.email):
        return Problem("Enter your e-mail address, like you@example.com.", "email")
    if not entries.password:
        return Problem("Enter your password.", "password")
    if entries.creating and len(entries.password) < MIN_PASSWORD:
        return Problem(f"Choose a password of at least {MIN_PASSWORD} characters.", "password")
    if len(entries.password.encode()) > MAX_PASSWORD_BYTES:
        return Problem(f"Choose a password of at most {MAX_PASSWORD_BYTES} characters.", "password")
    return None
