"""How the stand-in refuses."""

from typing import Any

INVALID = "oanda::rest::core::InvalidParameterException"


class RefusedError(Exception):
    """An answer other than success."""

    def __init__(self, status: int, message: str, code: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"errorMessage": message, **({"errorCode": code} if code else {}), **more}
