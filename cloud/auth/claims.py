"""Who is asking: the verified claims of a user's token."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of a verified access token.

    Attributes:
        user_id: The `sub` claim; the only source of a user's identity.
        email: The `email` claim, empty where the token has none.
        raw: All claims.
        text: The claims as Postgres reads them in `request.jwt.claims`, for row-level security.
    """

    user_id: UUID
    email: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        text = json.dumps({**self.raw, "sub": str(self.user_id), "role": "authenticated"})
        object.__setattr__(self, "text", text)

    @classmethod
    def of_user(cls, user_id: UUID) -> "Claims":
        """Claims for work done in a user's name without a request of theirs, such as an agent's upload."""
        return cls(user_id=user_id, raw={"sub": str(user_id), "role": "authenticated", "aud": "authenticated"})
