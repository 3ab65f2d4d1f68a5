"""The API's description: what each address needs and every way it can refuse, with an example each."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI

from agent_core.protocol.errors import HTTP_STATUS, ErrorCode, ForexEliteError
from agent_core.protocol.problem import Problem
from cloud.openapi_examples import EXAMPLES, PARAMETERS
from cloud.pages import NEXT_CURSOR
from cloud.problems import problem_document

Operation = dict[str, Any]
PROBLEM_JSON = "application/problem+json"
_BEARER, _AGENT_KEY = "bearer", "agentKey"
_METHODS = frozenset({"get", "put", "post", "patch", "delete"})
#: Header parameters that are really ways to sign in, by their name in lower case.
_SIGN_INS = {"authorization": _BEARER, "x-agent-key": _AGENT_KEY}

_EVERYWHERE = (ErrorCode.INTERNAL_ERROR, ErrorCode.SERVICE_UNAVAILABLE)
_BROKER = (
    ErrorCode.BROKER_UNAVAILABLE, ErrorCode.AGENT_OFFLINE, ErrorCode.JOB_EXPIRED, ErrorCode.OUTCOME_UNKNOWN,
    ErrorCode.ORDER_REFUSED, ErrorCode.NOT_FOUND, ErrorCode.CONFLICT,
)  # fmt: skip
_TRADE = (
    *_BROKER, ErrorCode.INSUFFICIENT_MARGIN, ErrorCode.INVALID_VOLUME, ErrorCode.INVALID_PRICE,
    ErrorCode.INVALID_STOPS, ErrorCode.MARKET_CLOSED, ErrorCode.ALGO_TRADING_DISABLED, ErrorCode.TRADE_DISABLED,
    ErrorCode.RISK_LIMIT, ErrorCode.NOT_ARMED, ErrorCode.UNKNOWN_INSTRUMENT,
)  # fmt: skip
_GATED = (ErrorCode.ONBOARDING_INCOMPLETE,)
_WORK_FOR_AGENTS = (
    ErrorCode.AGENT_OFFLINE, ErrorCode.JOB_EXPIRED, ErrorCode.OUTCOME_UNKNOWN, ErrorCode.COMPILE_FAILED,
    ErrorCode.ALGO_TRADING_DISABLED, ErrorCode.NOT_ARMED, ErrorCode.CONFLICT, ErrorCode.NOT_FOUND,
)  # fmt: skip
_GENERATION = (
    ErrorCode.GENERATION_FAILED, ErrorCode.GENERATION_BUSY, ErrorCode.GENERATION_BUDGET, ErrorCode.FORBIDDEN_CODE,
    ErrorCode.NOT_FOUND, ErrorCode.CONFLICT,
)  # fmt: skip
#: What an address can refuse beyond what its parameters tell; every beginning of its path that fits counts.
_BY_PATH: tuple[tuple[str, tuple[ErrorCode, ...]], ...] = (
    ("/api/v1/auth/", (ErrorCode.RATE_LIMITED,)),
    ("/api/v1/auth/signup", (ErrorCode.EMAIL_TAKEN, ErrorCode.WEAK_PASSWORD, ErrorCode.EMAIL_NOT_CONFIRMED)),
    ("/api/v1/auth/login", (ErrorCode.INVALID_CREDENTIALS, ErrorCode.EMAIL_NOT_CONFIRMED)),
    ("/api/v1/auth/refresh", (ErrorCode.REFRESH_TOKEN_INVALID,)),
    ("/api/v1/auth/logout", (ErrorCode.REFRESH_TOKEN_INVALID,)),
    ("/api/v1/onboarding/brokers", (
        ErrorCode.INVALID_CREDENTIALS, ErrorCode.BROKER_UNAVAILABLE, ErrorCode.NOT_FOUND,
    )),
    ("/api/v1/orders", (*_GATED, *_TRADE)),
    ("/api/v1/positions", (*_GATED, *_TRADE)),
    ("/api/v1/account", (*_GATED, *_BROKER)),
    ("/api/v1/stop-all", (*_GATED, *_BROKER)),
    ("/api/v1/trade-events", _GATED),
    ("/api/v1/candles", (
        ErrorCode.UNKNOWN_INSTRUMENT, ErrorCode.BROKER_UNAVAILABLE, ErrorCode.NOT_FOUND, ErrorCode.AGENT_OFFLINE,
        ErrorCode.JOB_EXPIRED, ErrorCode.OUTCOME_UNKNOWN, ErrorCode.CONFLICT,
    )),
    ("/api/v1/ea/", _GATED),
    ("/api/v1/ea/projects", (ErrorCode.CONFLICT,)),
    ("/api/v1/ea/generate", _GENERATION),
    ("/api/v1/ea/versions/{version_id}/repair", _GENERATION),
    ("/api/v1/ea/versions/{version_id}/compile", _WORK_FOR_AGENTS),
    ("/api/v1/ea/versions/{version_id}/test", _WORK_FOR_AGENTS),
    ("/api/v1/deployments", (*_GATED, *_WORK_FOR_AGENTS)),
    ("/api/v1/jobs/{job_id}/cancel", (ErrorCode.CONFLICT,)),
    ("/api/v1/agents/{agent_id}/jobs/", (ErrorCode.STALE_ATTEMPT, ErrorCode.CONFLICT)),
)  # fmt: skip

_EXAMPLES: dict[ErrorCode, str] = {
    ErrorCode.VALIDATION_ERROR: "units: Input should be greater than 0.",
    ErrorCode.INVALID_JWT: "Invalid token",
    ErrorCode.ONBOARDING_INCOMPLETE: "onboarding_required",
    ErrorCode.INSUFFICIENT_MARGIN: "Insufficient margin. Required: 5,000.00 USD, Available: 1,240.00 USD. "
    "Take fewer units or close something.",
    ErrorCode.BROKER_UNAVAILABLE: "OANDA does not answer (ReadTimeout). Try again in a minute.",
    ErrorCode.AGENT_OFFLINE: "MT5 Agent offline. Last seen: 2026-02-23 10:45:00 UTC",
    ErrorCode.NOT_FOUND: "There is no such broker connection.",
    ErrorCode.UNKNOWN_INSTRUMENT: "There is no such instrument. Write it like EURUSD.",
    ErrorCode.IDEMPOTENCY_CONFLICT: "This Idempotency-Key was used with another body. Take a new key.",
    ErrorCode.RATE_LIMITED: "Too many requests. Try again in 12 seconds.",
    ErrorCode.MARKET_CLOSED: "The market of this instrument is closed. Try again when it is open.",
    ErrorCode.OUTCOME_UNKNOWN: "The broker's answer was lost. Look at positions and orders before trying again.",
    ErrorCode.INVALID_CREDENTIALS: "The e-mail address or the password is wrong.",
    ErrorCode.EMAIL_NOT_CONFIRMED: "Confirm your e-mail address first: follow the link we sent you.",
    ErrorCode.EMAIL_TAKEN: "There is an account with this e-mail address. Sign in instead.",
    ErrorCode.WEAK_PASSWORD: "This password is too weak. Take a longer one.",
    ErrorCode.REFRESH_TOKEN_INVALID: "Your session is over. Sign in again.",
    ErrorCode.INVALID_AGENT_KEY: "This agent is not paired any more. Pair it again in Settings.",
    ErrorCode.FORBIDDEN: "This belongs to someone else.",
    ErrorCode.CONFLICT: "The first request with this Idempotency-Key is still at work.",
    ErrorCode.PAYLOAD_TOO_LARGE: "The body is larger than 1 MB.",
    ErrorCode.INVALID_VOLUME: "The broker does not take this number of units.",
    ErrorCode.INVALID_PRICE: "The broker does not take this price. Look at the present quote.",
    ErrorCode.INVALID_STOPS: "The stop loss has to be below the price of a buy.",
    ErrorCode.ALGO_TRADING_DISABLED: "Algo Trading is off in MetaTrader. Switch it on in its toolbar.",
    ErrorCode.TRADE_DISABLED: "The broker does not let this account trade. Ask the broker.",
    ErrorCode.RISK_LIMIT: "The day's loss limit is reached. Trading opens again tomorrow.",
    ErrorCode.NOT_ARMED: "This is a live account. Arm it in the window first.",
    ErrorCode.ORDER_REFUSED: "The broker refused this: too many open orders.",
    ErrorCode.JOB_EXPIRED: "The agent did not take the order in time; it was not executed. Try again.",
    ErrorCode.STALE_ATTEMPT: "Another attempt at this job has begun.",
    ErrorCode.COMPILE_FAILED: "This version does not compile. See its diagnostics.",
    ErrorCode.FORBIDDEN_CODE: "The strategy needs a DLL, which is not allowed.",
    ErrorCode.GENERATION_FAILED: "The model gave no usable answer. Try again.",
    ErrorCode.GENERATION_BUSY: "The model is busy. Try again in a minute.",
    ErrorCode.GENERATION_BUDGET: "You have used up today's 50 generations. It goes on at 00:00 UTC.",
    ErrorCode.SERVICE_UNAVAILABLE: "The service is busy or restarting. Try again shortly.",
    ErrorCode.INTERNAL_ERROR: "Something went wrong on our side. Try again; if it stays, tell support the request id.",
}


def describe(app: FastAPI) -> None:
    """Makes the application's OpenAPI document tell the whole truth."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            _complete(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {
        _BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        _AGENT_KEY: {"type": "apiKey", "in": "header", "name": "X-Agent-Key"},
    }
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in _METHODS:
                _sign_in(operation)
                _next_page(operation)
                for parameter in operation.get("parameters", []):
                    if parameter["name"] in PARAMETERS:
                        parameter["example"] = PARAMETERS[parameter["name"]]
                _refusals(operation, _codes(path, operation))
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    for name, schema in components["schemas"].items():
        if name in EXAMPLES:
            schema["examples"] = [EXAMPLES[name]]


def _sign_in(operation: Operation) -> None:
    """Turns the header that signs in into what OpenAPI has for it."""
    parameters = operation.get("parameters", [])
    schemes = [_SIGN_INS[item["name"].lower()] for item in parameters if item["name"].lower() in _SIGN_INS]
    kept = [item for item in parameters if item["name"].lower() not in _SIGN_INS]
    operation.pop("parameters", None)
    if kept:
        operation["parameters"] = kept
    operation["security"] = [{scheme: []} for scheme in schemes]


def _next_page(operation: Operation) -> None:
    """Lists tell in a header where they go on."""
    if any(item["name"] == "cursor" for item in operation.get("parameters", [])):
        operation["responses"]["200"]["headers"] = {
            NEXT_CURSOR: {
                "schema": {"type": "string"},
                "description": "Send it as `cursor` to get the next page; absent on the last one.",
            }
        }


def _codes(path: str, operation: Operation) -> set[ErrorCode]:
    codes = set(_EVERYWHERE)
    parameters = operation.get("parameters", [])
    if parameters or "requestBody" in operation:
        codes.add(ErrorCode.VALIDATION_ERROR)
    if "requestBody" in operation or "x-sha256" in {item["name"].lower() for item in parameters}:
        codes.add(ErrorCode.PAYLOAD_TOO_LARGE)
    if {_BEARER: []} in operation["security"]:
        codes |= {ErrorCode.INVALID_JWT, ErrorCode.RATE_LIMITED, ErrorCode.FORBIDDEN}
    if {_AGENT_KEY: []} in operation["security"]:
        codes |= {ErrorCode.INVALID_AGENT_KEY, ErrorCode.FORBIDDEN, ErrorCode.RATE_LIMITED}
    if any(item["in"] == "path" for item in parameters):
        codes.add(ErrorCode.NOT_FOUND)
    if any(item["name"] == "Idempotency-Key" for item in parameters):
        codes |= {ErrorCode.IDEMPOTENCY_CONFLICT, ErrorCode.CONFLICT}
    for beginning, more in _BY_PATH:
        if path.startswith(beginning):
            codes.update(more)
    return codes


def _refusals(operation: Operation, codes: Iterable[ErrorCode]) -> None:
    responses = operation["responses"]
    # FastAPI's own idea of a refused body, which is not what is sent here.
    responses.pop("422", None)
    for code in sorted(codes):
        status = str(HTTP_STATUS[code])
        response = responses.setdefault(status, {"description": ""})
        content = response.setdefault("content", {}).setdefault(
            PROBLEM_JSON, {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
        )
        content["examples"][code.value] = {"value": _example(code)}
        response["description"] = ", ".join(content["examples"])
        if code is ErrorCode.RATE_LIMITED:
            response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}


def _example(code: ErrorCode) -> dict[str, Any]:
    field = "units" if code is ErrorCode.VALIDATION_ERROR else None
    error = ForexEliteError(code, _EXAMPLES[code], field=field)
    return problem_document(error, "0b6f2a44c1d94a0e").model_dump(exclude_none=True)
