"""MetaTrader's failures in the product's own words."""

from typing import Any

from agent_core.protocol.errors import ErrorCode, ForexEliteError


class OutcomeUnknown(ForexEliteError):  # noqa: N818
    """A trade call was given up on, or its answer was lost: it may or may not have been carried out."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            ErrorCode.OUTCOME_UNKNOWN,
            f"{reason} Whether the order was carried out is being checked with the broker; it is not sent again.",
        )


#: Codes of `last_error()` after which an order certainly has not left this computer.
NEVER_SENT = frozenset({-2, -3, -7, -8})
#: Code of `last_error()` for a terminal that is closed.
NOT_RUNNING = -10004

_UNAVAILABLE = ErrorCode.BROKER_UNAVAILABLE
_BY_CODE: dict[int, tuple[ErrorCode, str]] = {
    -1: (_UNAVAILABLE, "MetaTrader 5 could not carry that out just now. Try again in a moment."),
    -2: (ErrorCode.INTERNAL_ERROR, "MetaTrader 5 refused a request as malformed. Nothing was sent to the broker."),
    -3: (_UNAVAILABLE, "MetaTrader 5 is out of memory. Close charts or restart it, then try again."),
    -4: (ErrorCode.NOT_FOUND, "MetaTrader 5 does not know that symbol or ticket. Check it in MetaTrader."),
    -5: (_UNAVAILABLE, "This MetaTrader 5 is too old or too new for this program. Update both, then connect again."),
    -6: (
        _UNAVAILABLE,
        "MetaTrader 5 could not log in to the broker. In MetaTrader open File, Login to Trade Account, "
        "check number, password and server, then connect again.",
    ),
    -7: (
        _UNAVAILABLE,
        "This account logs in with a certificate or one-time password, which only MetaTrader 5 itself can ask for. "
        "Log in there, then connect again.",
    ),
    -8: (
        ErrorCode.ALGO_TRADING_DISABLED,
        "MetaTrader 5 refuses orders from other programs. In its Tools, Options, Expert Advisors clear "
        "'Disable automatic trading via external Python API', then send again.",
    ),
    -10003: (_UNAVAILABLE, "MetaTrader 5 was not found here. Install it or choose its folder, then connect again."),
    NOT_RUNNING: (_UNAVAILABLE, "MetaTrader 5 is not running. Start it; the link comes back by itself."),
    -10005: (
        _UNAVAILABLE,
        "MetaTrader 5 is open but not ready: it is not logged in, shows a dialog or is updating. "
        "Look at its window, log in to your account, then connect again.",
    ),
}
_INTERNAL = (_UNAVAILABLE, "The link to MetaTrader 5 broke. It is being opened again; try again in a moment.")
_INITIALIZE: tuple[tuple[str, str], ...] = (
    ("Process create failed", "MetaTrader 5 could not be started. Start it by hand, then connect again."),
    (
        "didn't answer",
        "MetaTrader 5 was started but does not answer. Look for a dialog in it; where its Tools, Options, Community "
        "shows 'Python integration', that must be on. Then connect again.",
    ),
    ("No MQL5 folder", "The MetaTrader 5 folder is not complete: MQL5 is missing. Start MetaTrader once by hand."),
    ("No origin.txt", "The MetaTrader 5 folder is not complete. Start MetaTrader once by hand, then connect again."),
    ('Invalid "path"', "The path of MetaTrader 5 is too long for it. Install it in a shorter folder."),
    ("Path too long", "The path of MetaTrader 5 is too long for it. Install it in a shorter folder."),
)


def terminal_error(code: int, text: str) -> ForexEliteError:
    """Returns the error for a `last_error()` of a failed call."""
    if code in (-10003, -2):
        for fragment, sentence in _INITIALIZE:
            if fragment in text:
                return ForexEliteError(_UNAVAILABLE, sentence)
    return ForexEliteError(*_BY_CODE.get(code, _INTERNAL))


def other_terminal(data_path: Any) -> ForexEliteError:
    """Returns the error for an answer that came from another copy of MetaTrader than the one chosen."""
    return ForexEliteError(
        _UNAVAILABLE,
        f"Another copy of MetaTrader 5 answered (its folder is {data_path}). Close it, then connect again.",
    )


def account_changed() -> ForexEliteError:
    """Returns the error for an order that was held back because the terminal changed its account meanwhile."""
    return ForexEliteError(
        ErrorCode.NOT_ARMED,
        "MetaTrader was logged in to another account while this order was under way, so it was not sent. "
        "Look at the account in the top bar, then send again.",
    )


def lost_link(code: int) -> bool:
    """Whether a `last_error()` code means that the terminal no longer answers at all."""
    return code <= -10000


def host_error(raised: Any) -> ForexEliteError:
    """Returns the error for something that MetaTrader's module raised."""
    return ForexEliteError(ErrorCode.INTERNAL_ERROR, f"MetaTrader 5's module failed: {raised}.")
