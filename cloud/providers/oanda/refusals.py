"""What OANDA's reasons mean, as errors that a trader can act on."""

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from cloud.providers.oanda.transport import OandaRefusedError

INSUFFICIENT_MARGIN = "INSUFFICIENT_MARGIN"
#: By what the reason begins with; the first that fits.
_MEANINGS: tuple[tuple[tuple[str, ...], ErrorCode, str], ...] = (
    ((INSUFFICIENT_MARGIN, "REPLACING_TRADE_INSUFFICIENT_MARGIN"), ErrorCode.INSUFFICIENT_MARGIN,
     "Insufficient margin. Take fewer units or close something."),
    (("MARKET_HALTED", "INSTRUMENT_PRICE_UNKNOWN"), ErrorCode.MARKET_CLOSED,
     "The market of this instrument is closed. Try again when it is open."),
    (("UNITS_", "CLOSE_TRADE_UNITS", "POSITION_SIZE_EXCEEDED"), ErrorCode.INVALID_VOLUME,
     "OANDA does not take this number of units."),
    (("STOP_LOSS", "TAKE_PROFIT", "LOSING_TAKE_PROFIT", "GUARANTEED_STOP_LOSS"), ErrorCode.INVALID_STOPS,
     "OANDA does not take this stop loss or take profit. Keep the right side of the price and its precision."),
    (("PRICE_", "BOUNDS_VIOLATION"), ErrorCode.INVALID_PRICE,
     "OANDA does not take this price. Look at the present quote and its precision."),
    (("INSTRUMENT_UNKNOWN", "INSTRUMENT_MISSING"), ErrorCode.UNKNOWN_INSTRUMENT,
     "OANDA has no such instrument. Write it like EURUSD."),
    (("INSTRUMENT_NOT_TRADEABLE", "ACCOUNT_NOT_ACTIVE", "ACCOUNT_LOCKED", "ACCOUNT_ORDER_CREATION_LOCKED",
      "ACCOUNT_ORDER_FILL_LOCKED", "ACCOUNT_CONFIGURATION_LOCKED"), ErrorCode.TRADE_DISABLED,
     "OANDA does not let this account trade the instrument. Ask OANDA."),
    (("NO_SUCH_", "ORDER_DOESNT_EXIST", "TRADE_DOESNT_EXIST", "CLOSEOUT_POSITION_DOESNT_EXIST"), ErrorCode.NOT_FOUND,
     "There is no such position or order any more. Load the list again."),
)  # fmt: skip


def refusal(reason: str, message: str = "") -> ForexEliteError:
    """The error for a reject or cancel reason."""
    for beginnings, code, sentence in _MEANINGS:
        if reason.startswith(beginnings):
            return ForexEliteError(
                code, f"{sentence} (OANDA: {reason})" if code is not ErrorCode.NOT_FOUND else sentence
            )
    said = message.rstrip(".") or reason.replace("_", " ").lower() or "no reason given"
    return ForexEliteError(ErrorCode.ORDER_REFUSED, f"OANDA refused this: {said}.")


def answered(error: OandaRefusedError) -> ForexEliteError:
    """The error for a refusing answer."""
    if error.status in (401, 403):
        # Not 401 towards the trader, whose own session is in order.
        return ForexEliteError(
            ErrorCode.BROKER_UNAVAILABLE,
            "OANDA no longer accepts the API key of this connection. Enter a new one in Settings.",
        )
    if error.reason.endswith("InvalidParameterException") or not error.reason:
        if "instrument" in error.message:
            return refusal("INSTRUMENT_UNKNOWN")
        if error.status == 404:
            return refusal("NO_SUCH_THING")
    return refusal(error.reason, error.message)
