"""What the checker's process and its caller say to each other: one JSON object a line."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from agent_core.mql.model import CheckReport


class CheckRequest(BaseModel):
    """One program to check."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    include_folders: tuple[Path, ...] = ()


REPORT = TypeAdapter(CheckReport)
