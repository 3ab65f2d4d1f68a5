"""`/problems`: what each code means and what to do about it, for the people and programs that meet one."""

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import HTMLResponse, JSONResponse

from agent_core.protocol.errors import HTTP_STATUS, ErrorCode, ForexEliteError
from agent_core.protocol.problem import ProblemType
from cloud.problems import title_of, type_of

router = APIRouter(prefix="/problems", tags=["problems"])

_HTML = "text/html"
_AS_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {_HTML: {"schema": {"type": "string"}, "example": "<!doctype html>..."}}}
}
_HEADERS = {
    "Cache-Control": "public, max-age=86400",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; frame-ancestors 'none'",
}
#: The same request may succeed later, unchanged.
_RETRY = frozenset({
    ErrorCode.CONFLICT, ErrorCode.RATE_LIMITED, ErrorCode.MARKET_CLOSED, ErrorCode.BROKER_UNAVAILABLE,
    ErrorCode.AGENT_OFFLINE, ErrorCode.JOB_EXPIRED, ErrorCode.GENERATION_FAILED, ErrorCode.GENERATION_BUSY,
    ErrorCode.GENERATION_BUDGET, ErrorCode.SERVICE_UNAVAILABLE, ErrorCode.INTERNAL_ERROR,
})  # fmt: skip
#: Code → what has happened, what to do.
_WORDS: dict[ErrorCode, tuple[str, str]] = {
    ErrorCode.VALIDATION_ERROR: (
        "A field of the request is missing, unknown or out of its range.",
        "Correct the field that `field` and `detail` name, and send again."),
    ErrorCode.INVALID_JWT: (
        "The access token is missing, has run out or was not issued for this service.",
        "Get a new one with the refresh token, or sign in again."),
    ErrorCode.INVALID_CREDENTIALS: (
        "The e-mail address or the password is wrong, or the broker does not accept the key.",
        "Enter them again; a broker's key may have been withdrawn there."),
    ErrorCode.EMAIL_NOT_CONFIRMED: (
        "The account is made, but nobody has confirmed its e-mail address.",
        "Follow the link in the e-mail, then sign in."),
    ErrorCode.EMAIL_TAKEN: ("There is an account with this e-mail address.", "Sign in instead."),
    ErrorCode.WEAK_PASSWORD: ("The password is too easy to guess.", "Take a longer one."),
    ErrorCode.REFRESH_TOKEN_INVALID: (
        "The session has ended, or its refresh token was used before; it works once.", "Sign in again."),
    ErrorCode.INVALID_AGENT_KEY: (
        "The computer with MetaTrader is not paired any more, or has got a newer key.",
        "Pair it again in Settings of the desktop program."),
    ErrorCode.FORBIDDEN: ("This belongs to someone else.", "Ask for what is yours; look at the list."),
    ErrorCode.NOT_FOUND: (
        "There is no such thing, or it is not yours.", "Load the list again and choose from it."),
    ErrorCode.METHOD_NOT_ALLOWED: (
        "The address is right, the method is not.", "Take one of those that the header Allow names."),
    ErrorCode.UNKNOWN_INSTRUMENT: ("The instrument is not offered.", "Write it like EURUSD."),
    ErrorCode.IDEMPOTENCY_CONFLICT: (
        "The Idempotency-Key was used before with another body; nothing was done now.",
        "Take a new key for a new request."),
    ErrorCode.CONFLICT: (
        "Something else is at work on this, or has changed it.", "Load it again, then decide and send again."),
    ErrorCode.PAYLOAD_TOO_LARGE: ("The body is larger than this address takes.", "Send less."),
    ErrorCode.ONBOARDING_INCOMPLETE: (
        "No broker is connected yet, or the risk notice was not accepted.",
        "Ask /api/v1/onboarding/status what is missing and add it."),
    ErrorCode.RATE_LIMITED: ("There were too many requests.", "Wait for as many seconds as Retry-After says."),
    ErrorCode.INSUFFICIENT_MARGIN: (
        "The account has less free margin than the order requires; it was not placed.",
        "Take fewer units, or close something first."),
    ErrorCode.INVALID_VOLUME: (
        "The broker does not take this number of units; nothing was done.",
        "Keep within its minimum, maximum and step."),
    ErrorCode.INVALID_PRICE: (
        "The broker does not take this price; nothing was done.", "Look at the present quote and its decimals."),
    ErrorCode.INVALID_STOPS: (
        "Stop loss or take profit is on the wrong side of the price or too near to it; nothing was done.",
        "Move it and send again."),
    ErrorCode.MARKET_CLOSED: (
        "The instrument is not traded at the moment; nothing was done.", "Try again when its market is open."),
    ErrorCode.ALGO_TRADING_DISABLED: (
        "Algo Trading is off in MetaTrader; nothing was done.", "Switch it on in MetaTrader's toolbar."),
    ErrorCode.TRADE_DISABLED: (
        "The broker does not let the account trade this; nothing was done.", "Ask the broker."),
    ErrorCode.RISK_LIMIT: (
        "One of your own risk limits is reached; nothing was done.",
        "Wait until it opens again, or change it in Settings."),
    ErrorCode.NOT_ARMED: (
        "The account holds real money and is not armed; nothing was done.",
        "Arm it in the desktop program, then send again."),
    ErrorCode.ORDER_REFUSED: (
        "The broker refused the order for the reason in `detail`; nothing was done.",
        "Remove the reason, then send again."),
    ErrorCode.OUTCOME_UNKNOWN: (
        "The answer was lost: what was asked for may have been done, or not.",
        "Look at positions and orders first. The same Idempotency-Key does nothing a second time; a new one may."),
    ErrorCode.BROKER_UNAVAILABLE: (
        "The broker can't be reached or does not accept the connection; nothing was done.",
        "Try again in a minute; if it stays, look at the connection in Settings."),
    ErrorCode.AGENT_OFFLINE: (
        "The computer with MetaTrader can't be reached; nothing was done.",
        "Start ForexElite Pro on it, then send again."),
    ErrorCode.JOB_EXPIRED: (
        "The computer with MetaTrader did not begin in time; nothing was done, nor will it be.", "Send again."),
    ErrorCode.STALE_ATTEMPT: (
        "The job was handed out again or is settled; this report of an agent counts no more.",
        "Drop it and poll for the next job."),
    ErrorCode.COMPILE_FAILED: (
        "MetaEditor finds errors in this version.", "Correct or repair it, compile it, then send again."),
    ErrorCode.FORBIDDEN_CODE: (
        "The generated code did what no Expert Advisor may do here, and was thrown away.",
        "Describe the strategy without the part that `detail` names."),
    ErrorCode.GENERATION_FAILED: (
        "The code generator gave no usable answer.", "Try again, or do what `detail` says."),
    ErrorCode.GENERATION_BUSY: ("The code generator has no time now.", "Try again in a few minutes."),
    ErrorCode.GENERATION_BUDGET: (
        "What a day allows of the code generator is used up.",
        "Go on after 00:00 UTC; your own code can still be edited and compiled."),
    ErrorCode.SERVICE_UNAVAILABLE: (
        "The service is busy or restarting, or one that it needs does not answer.", "Try again shortly."),
    ErrorCode.INTERNAL_ERROR: (
        "Something went wrong on our side.", "Try again; if it stays, tell support the request id in `instance`."),
}  # fmt: skip


def problem_type(code: ErrorCode) -> ProblemType:
    """What there is to know of a code."""
    meaning, advice = _WORDS[code]
    return ProblemType(
        type=type_of(code), code=code, title=title_of(code), status=HTTP_STATUS[code], meaning=meaning, advice=advice,
        retry=code in _RETRY,
    )  # fmt: skip


@router.get("", response_model=list[ProblemType], responses=_AS_PAGE)
async def list_problem_types(accept: Annotated[str, Header()] = "") -> Response:
    """Every kind of problem, by its code; a browser gets a page."""
    return _answer("Problems", [problem_type(code) for code in sorted(ErrorCode)], accept, one=False)


@router.get("/{problem}", response_model=ProblemType, responses=_AS_PAGE)
async def get_problem_type(
    problem: Annotated[str, Path(max_length=40)], accept: Annotated[str, Header()] = ""
) -> Response:
    """What a problem's `type` means and what to do about it; a browser gets a page."""
    code = next((code for code in ErrorCode if code.lower() == problem), None)
    if code is None:
        raise ForexEliteError(ErrorCode.NOT_FOUND, "There is no such kind of problem. See /problems.")
    return _answer(title_of(code), [problem_type(code)], accept, one=True)


def _answer(title: str, kinds: list[ProblemType], accept: str, *, one: bool) -> Response:
    if _HTML in accept:
        return HTMLResponse(_page(title, kinds), headers=_HEADERS)
    documents = [kind.model_dump() for kind in kinds]
    return JSONResponse(documents[0] if one else documents, headers=_HEADERS)


def _page(title: str, kinds: list[ProblemType]) -> str:
    told = "".join(
        f'<section><h2><a href="{kind.type}">{escape(kind.title)}</a></h2>'
        f"<p>{escape(kind.meaning)}</p><p>{escape(kind.advice)}</p>"
        f'<p class="dim">{kind.code}, HTTP {kind.status}</p></section>'
        for kind in kinds
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}: ForexElite Pro</title>"
        '<link rel="stylesheet" href="/dashboard/dashboard.css"></head>'
        f'<body class="reading"><header><strong>ForexElite Pro</strong></header><main>{told}</main></body></html>'
    )
