"""The one table of error codes, and the error that carries them; on the wire it is `agent_core.protocol.problem`."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Machine-readable reason of a refusal; each has one HTTP status in `HTTP_STATUS`."""

    VALIDATION_ERROR = "VALIDATION_ERROR"
    INVALID_JWT = "INVALID_JWT"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    EMAIL_NOT_CONFIRMED = "EMAIL_NOT_CONFIRMED"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    WEAK_PASSWORD = "WEAK_PASSWORD"  # noqa: S105
    REFRESH_TOKEN_INVALID = "REFRESH_TOKEN_INVALID"  # noqa: S105
    INVALID_AGENT_KEY = "INVALID_AGENT_KEY"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    CONFLICT = "CONFLICT"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    ONBOARDING_INCOMPLETE = "ONBOARDING_INCOMPLETE"
    RATE_LIMITED = "RATE_LIMITED"
    INSUFFICIENT_MARGIN = "INSUFFICIENT_MARGIN"
    INVALID_VOLUME = "INVALID_VOLUME"
    INVALID_PRICE = "INVALID_PRICE"
    INVALID_STOPS = "INVALID_STOPS"
    MARKET_CLOSED = "MARKET_CLOSED"
    ALGO_TRADING_DISABLED = "ALGO_TRADING_DISABLED"
    TRADE_DISABLED = "TRADE_DISABLED"
    RISK_LIMIT = "RISK_LIMIT"
    NOT_ARMED = "NOT_ARMED"
    ORDER_REFUSED = "ORDER_REFUSED"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    BROKER_UNAVAILABLE = "BROKER_UNAVAILABLE"
    AGENT_OFFLINE = "AGENT_OFFLINE"
    JOB_EXPIRED = "JOB_EXPIRED"
    STALE_ATTEMPT = "STALE_ATTEMPT"
    COMPILE_FAILED = "COMPILE_FAILED"
    FORBIDDEN_CODE = "FORBIDDEN_CODE"
    GENERATION_FAILED = "GENERATION_FAILED"
    GENERATION_BUSY = "GENERATION_BUSY"
    GENERATION_BUDGET = "GENERATION_BUDGET"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    INTERNAL_ERROR = "INTERNAL_ERROR"


HTTP_STATUS: dict[ErrorCode, int] = {
    ErrorCode.VALIDATION_ERROR: 400,
    ErrorCode.INVALID_JWT: 401,
    ErrorCode.INVALID_CREDENTIALS: 401,
    ErrorCode.EMAIL_NOT_CONFIRMED: 401,
    ErrorCode.EMAIL_TAKEN: 400,
    ErrorCode.WEAK_PASSWORD: 400,
    ErrorCode.REFRESH_TOKEN_INVALID: 401,
    ErrorCode.INVALID_AGENT_KEY: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.UNKNOWN_INSTRUMENT: 404,
    ErrorCode.IDEMPOTENCY_CONFLICT: 409,
    ErrorCode.CONFLICT: 409,
    ErrorCode.PAYLOAD_TOO_LARGE: 413,
    ErrorCode.ONBOARDING_INCOMPLETE: 428,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INSUFFICIENT_MARGIN: 400,
    ErrorCode.INVALID_VOLUME: 400,
    ErrorCode.INVALID_PRICE: 400,
    ErrorCode.INVALID_STOPS: 400,
    ErrorCode.MARKET_CLOSED: 400,
    ErrorCode.ALGO_TRADING_DISABLED: 400,
    ErrorCode.TRADE_DISABLED: 400,
    ErrorCode.RISK_LIMIT: 400,
    ErrorCode.NOT_ARMED: 400,
    ErrorCode.ORDER_REFUSED: 400,
    ErrorCode.OUTCOME_UNKNOWN: 503,
    ErrorCode.BROKER_UNAVAILABLE: 503,
    ErrorCode.AGENT_OFFLINE: 503,
    ErrorCode.JOB_EXPIRED: 503,
    ErrorCode.STALE_ATTEMPT: 409,
    ErrorCode.COMPILE_FAILED: 409,
    ErrorCode.FORBIDDEN_CODE: 400,
    ErrorCode.GENERATION_FAILED: 503,
    ErrorCode.GENERATION_BUSY: 503,
    ErrorCode.GENERATION_BUDGET: 403,
    ErrorCode.SERVICE_UNAVAILABLE: 503,
    ErrorCode.INTERNAL_ERROR: 500,
}


class ForexEliteError(Exception):
    """An error a user can act on.

    Attributes:
        code: Entry of the table above.
        detail: One sentence that says what is wrong and what to do.
        field: Name of the offending input, if there is one.
    """

    def __init__(self, code: ErrorCode, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
