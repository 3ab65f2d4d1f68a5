"""MetaTrader's trade return codes: what each means for the order, and one clear sentence."""

from dataclasses import dataclass
from enum import StrEnum

from agent_core.protocol.errors import ErrorCode


class Verdict(StrEnum):
    """What follows from a return code."""

    DONE = "done"
    REQUOTE = "requote"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a return code means. `code` is None where nothing is wrong."""

    verdict: Verdict
    code: ErrorCode | None
    sentence: str


PLACED = 10008
DONE_PARTIAL = 10010
PRICE_OFF = 10021
NO_CHANGES = 10025


def _refused(code: ErrorCode, sentence: str) -> Meaning:
    return Meaning(Verdict.REFUSED, code, sentence)


_REFUSED = ErrorCode.ORDER_REFUSED
MEANINGS: dict[int, Meaning] = {
    10004: Meaning(Verdict.REQUOTE, ErrorCode.INVALID_PRICE, "The broker quoted another price. Send the order again."),
    10006: _refused(_REFUSED, "The broker rejected the order. Try again, or ask the broker why."),
    10007: _refused(_REFUSED, "The order was cancelled in MetaTrader before it was carried out."),
    10008: Meaning(Verdict.DONE, None, "The order was placed."),
    10009: Meaning(Verdict.DONE, None, "The order was carried out."),
    10010: Meaning(Verdict.DONE, None, "The order was carried out in part."),
    10011: _refused(_REFUSED, "The broker could not process the order. Try again in a moment."),
    10012: Meaning(Verdict.UNKNOWN, ErrorCode.OUTCOME_UNKNOWN, "The broker did not answer in time."),
    10013: _refused(_REFUSED, "The broker calls the order invalid. Check symbol, size and levels."),
    10014: _refused(
        ErrorCode.INVALID_VOLUME, "The broker does not accept this size. Keep to its minimum, maximum and step."
    ),
    10015: _refused(ErrorCode.INVALID_PRICE, "The broker does not accept this price. Move it and send again."),
    10016: _refused(
        ErrorCode.INVALID_STOPS, "The broker does not accept this stop or target. Move it further from the price."
    ),
    10017: _refused(
        ErrorCode.TRADE_DISABLED, "Trading is disabled on this account. Use the master password or ask the broker."
    ),
    10018: _refused(ErrorCode.MARKET_CLOSED, "The market is closed for this symbol. Send the order when it opens."),
    10019: _refused(
        ErrorCode.INSUFFICIENT_MARGIN, "Not enough margin is free for this order. Lower the size or close something."
    ),
    10020: Meaning(Verdict.REQUOTE, ErrorCode.INVALID_PRICE, "The price has changed. Send the order again."),
    10021: Meaning(Verdict.REQUOTE, ErrorCode.INVALID_PRICE, "The symbol has no quotes now. Try again later."),
    10022: _refused(ErrorCode.VALIDATION_ERROR, "The broker does not accept this expiry of the order. Choose another."),
    10023: _refused(ErrorCode.CONFLICT, "The order has just changed. Look at it again, then repeat the change."),
    10024: _refused(ErrorCode.RATE_LIMITED, "The broker got too many requests. Wait some seconds, then send again."),
    10025: _refused(ErrorCode.ORDER_REFUSED, "Nothing was changed: the levels are already as asked."),
    10026: _refused(
        ErrorCode.ALGO_TRADING_DISABLED,
        "The broker forbids automated trading on this account. Ask the broker, or use another account.",
    ),
    10027: _refused(
        ErrorCode.ALGO_TRADING_DISABLED,
        "AutoTrading is switched off in MetaTrader: press the Algo Trading button in its toolbar, then send again.",
    ),
    10028: _refused(ErrorCode.CONFLICT, "The broker is still working on this order. Try again in a moment."),
    10029: _refused(
        ErrorCode.CONFLICT, "The order or position is too close to the price to be changed now. Try again later."
    ),
    10030: _refused(_REFUSED, "The broker does not take this way of filling for the symbol. Try another order type."),
    10031: Meaning(Verdict.UNKNOWN, ErrorCode.OUTCOME_UNKNOWN, "MetaTrader has no connection to the broker."),
    10032: _refused(ErrorCode.TRADE_DISABLED, "This is only possible on a live account."),
    10033: _refused(_REFUSED, "The broker's limit of pending orders is reached. Cancel one first."),
    10034: _refused(
        ErrorCode.INVALID_VOLUME, "The broker's limit of volume for this symbol is reached. Lower the size."
    ),
    10035: _refused(_REFUSED, "The broker does not take this type of order for the symbol. Choose another type."),
    10036: _refused(ErrorCode.NOT_FOUND, "The position is already closed."),
    10038: _refused(ErrorCode.INVALID_VOLUME, "The size to close is larger than the position. Lower it."),
    10039: _refused(ErrorCode.CONFLICT, "The position is already being closed."),
    10040: _refused(_REFUSED, "The broker's limit of open positions is reached. Close one first."),
    10041: _refused(_REFUSED, "The pending order was rejected and cancelled when it was triggered."),
    10042: _refused(ErrorCode.TRADE_DISABLED, "The broker only allows buying this symbol."),
    10043: _refused(ErrorCode.TRADE_DISABLED, "The broker only allows selling this symbol."),
    10044: _refused(ErrorCode.TRADE_DISABLED, "The broker only allows closing positions in this symbol."),
    10045: _refused(_REFUSED, "The broker requires the oldest position to be closed first. Close that one."),
    10046: _refused(_REFUSED, "The broker does not allow opposite positions in one symbol. Close the other one first."),
}  # fmt: skip


def meaning(retcode: int, comment: str = "") -> Meaning:
    """Returns what a return code means. An unknown code is no success, and nothing is resent after it.

    Args:
        retcode: MetaTrader's return code.
        comment: What the broker wrote beside it.
    """
    known = MEANINGS.get(retcode)
    if known is not None:
        return known
    said = f" and says '{comment}'" if comment else ""
    return Meaning(
        Verdict.UNKNOWN, ErrorCode.OUTCOME_UNKNOWN, f"The broker answered with the unknown code {retcode}{said}."
    )
