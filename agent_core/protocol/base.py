"""Base model of everything that crosses the wire.

A model's validator is built when it is first needed: a hundred of them would hold up the start of the window.
"""

from pydantic import BaseModel, ConfigDict


class WireModel(BaseModel):
    """Immutable; unknown fields are refused. For what a server receives."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class AnswerModel(BaseModel):
    """Immutable; unknown fields are ignored. For what a client receives, so that a server may add fields."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)
