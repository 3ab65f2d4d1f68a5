"""How an order ended by the broker's answer alone."""

from agent_core.terminal.constants import TradeAction
from agent_core.terminal.conversions import side_and_kind
from agent_core.terminal.models import SendResult
from agent_core.trading.journal import Action, Entry
from agent_core.trading.models import OrderOutcome, OutcomeStatus
from agent_core.trading.numbers import decimal
from agent_core.trading.order_request import Request
from agent_core.trading.outcomes import outcome, placed_text
from agent_core.trading.retcodes import DONE_PARTIAL, meaning

_CHANGED = {
    Action.MODIFY_POSITION: "Stop and target are set.",
    Action.MODIFY_ORDER: "The order is changed.",
    Action.CANCEL: "The order is cancelled.",
}


def outcome_by_answer(entry: Entry, request: Request, result: SendResult, digits: int | None) -> OrderOutcome:
    """Returns the outcome of a request that the broker says it has carried out; `digits` are those of its prices."""
    if entry.action in _CHANGED:
        order = entry.target if entry.action is not Action.MODIFY_POSITION else None
        position = entry.target if entry.action is Action.MODIFY_POSITION else None
        return outcome(
            entry.client_id, OutcomeStatus.DONE, _CHANGED[entry.action],
            retcode=result.retcode, order=order, position=position,
        )  # fmt: skip
    if request["action"] == TradeAction.PENDING:
        side, kind = side_and_kind(request["type"])
        lots = decimal(request["volume"])
        text = placed_text(side, kind, lots, request["symbol"], request["price"], digits)
        return outcome(
            entry.client_id, OutcomeStatus.PLACED, text,
            retcode=result.retcode, order=result.order, price=request["price"], lots=lots,
        )  # fmt: skip
    return outcome(
        entry.client_id,
        OutcomeStatus.PARTIAL if result.retcode == DONE_PARTIAL else OutcomeStatus.FILLED,
        meaning(result.retcode).sentence,
        retcode=result.retcode,
        order=result.order or None,
        deal=result.deal or None,
        position=None if entry.action is Action.OPEN else entry.target,
        price=result.price or None,
        lots=decimal(result.volume or request.get("volume", 0.0)) or None,
    )
