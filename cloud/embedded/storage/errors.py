"""Errors as Supabase Storage answers them: almost always HTTP 400, the real status as text in the body."""

from starlette.requests import Request
from starlette.responses import JSONResponse


class StorageError(Exception):
    """An error with Storage's status, code, legacy name and message."""

    def __init__(self, status: int, code: str, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.error = error
        self.message = message


async def answer_storage_error(_request: Request, error: Exception) -> JSONResponse:
    """The answer."""
    assert isinstance(error, StorageError)  # noqa: S101  (Starlette calls by type)
    body = {"statusCode": str(error.status), "code": error.code, "error": error.error, "message": error.message}
    return JSONResponse(body, 500 if error.status >= 500 else 400)


def no_such_key() -> StorageError:
    """The object does not exist, or the caller may not see it."""
    return StorageError(404, "NoSuchKey", "not_found", "Object not found")


def no_such_bucket() -> StorageError:
    """The bucket does not exist, or the caller may not see it."""
    return StorageError(404, "NoSuchBucket", "Bucket not found", "Bucket not found")


def already_exists(code: str) -> StorageError:
    """The name is taken."""
    return StorageError(409, code, "Duplicate", "The resource already exists")


def access_denied(message: str) -> StorageError:
    """Row-level security or a bad token."""
    return StorageError(403, "AccessDenied", "Unauthorized", message)


def invalid_request(message: str) -> StorageError:
    """A malformed request."""
    return StorageError(400, "InvalidRequest", "Invalid Request", message)
