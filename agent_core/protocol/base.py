"""Base model of everything that crosses the wire.

A model's validator is built when it is first needed: a hundred of them would hold up the start of the window.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
"""What somebody calls something: it shows, so blanks alone are none."""


class WireModel(BaseModel):
    """Immutable; unknown fields are refused. For what a server receives."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class AnswerModel(BaseModel):
    """Immutable; unknown fields are ignored. For what a client receives, so that a server may add fields."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)
