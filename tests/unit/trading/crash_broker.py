"""Books of a broker for the crash runs: what was really carried out, whatever the agent got to hear of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from agent_core.terminal.constants import DealEntry, OrderState, TradeAction
from agent_core.terminal.conversions import side_and_kind
from agent_core.terminal.models import Deal, HistoryOrder, PendingOrder, Position, SendResult, Side

DONE, NO_POSITION, INVALID = 10009, 10036, 10013


def identity(request: dict[str, Any]) -> Any:
    """What makes a request one of a kind at the broker: its own key, or what it changes."""
    if request["action"] in (TradeAction.MODIFY, TradeAction.REMOVE):
        return request["action"], request["order"], request.get("price")
    return request["magic"]


class Broker:
    """Books that survive every crash; a hedging account's, or one that nets."""

    def __init__(self, *, netting: bool) -> None:
        self.netting = netting
        self.ticket = 100
        self.positions: dict[int, Position] = {}
        self.orders: dict[int, PendingOrder] = {}
        self.history: list[HistoryOrder] = []
        self.deals: list[Deal] = []
        self.executed: Counter[Any] = Counter()

    def execute(self, request: dict[str, Any]) -> SendResult:
        self.ticket += 1
        ways: dict[int, Callable[[dict[str, Any]], int]] = {
            TradeAction.DEAL: self._deal, TradeAction.PENDING: self._pending, TradeAction.SLTP: self._levels,
            TradeAction.MODIFY: self._modify, TradeAction.REMOVE: self._remove, TradeAction.CLOSE_BY: self._close_by,
        }  # fmt: skip
        retcode = ways[request["action"]](request)
        if retcode != DONE:
            return SendResult(retcode, 0, 0, 0.0, 0.0, 1.1, 1.1, "")
        self.executed[identity(request)] += 1
        traded = request["action"] in (TradeAction.DEAL, TradeAction.CLOSE_BY)
        deal = self.ticket if traded else 0
        return SendResult(DONE, deal, self.ticket, request.get("volume", 0.0), 1.1 if traded else 0.0, 1.1, 1.1, "")

    def _deal(self, request: dict[str, Any]) -> int:
        side, _ = side_and_kind(request["type"])
        target = request.get("position")
        if target is None and self.netting and self.positions:
            target = next(iter(self.positions))
        if target is None:
            self.positions[self.ticket] = Position(
                self.ticket, "EURUSD", side, request["volume"], 1.1, 1.1, None, None, 0.0, 0.0, datetime.now(UTC),
                request["magic"], "", self.ticket,
            )  # fmt: skip
            self._book(self.ticket, side, DealEntry.IN, request["volume"], request["magic"])
            return DONE
        if target not in self.positions:
            return NO_POSITION
        held = self.positions.pop(target)
        after = round(held.side.sign * held.volume + side.sign * request["volume"], 2)
        if after:
            self.positions[target] = replace(held, volume=abs(after), side=Side.BUY if after > 0 else Side.SELL)
        grown = side is held.side
        turned = after * held.side.sign < 0
        entry = DealEntry.IN if grown else DealEntry.INOUT if turned else DealEntry.OUT
        self._book(target, side, entry, request["volume"], request["magic"])
        return DONE

    def _close_by(self, request: dict[str, Any]) -> int:
        pair = (request["position"], request["position_by"])
        if any(ticket not in self.positions for ticket in pair):
            return NO_POSITION
        volume = min(self.positions[ticket].volume for ticket in pair)
        for ticket in pair:
            held = self.positions.pop(ticket)
            if held.volume > volume:
                self.positions[ticket] = replace(held, volume=round(held.volume - volume, 2))
            self._book(ticket, held.side.opposite, DealEntry.OUT_BY, volume, request["magic"])
        return DONE

    def _pending(self, request: dict[str, Any]) -> int:
        side, kind = side_and_kind(request["type"])
        self.orders[self.ticket] = PendingOrder(
            self.ticket, "EURUSD", side, kind, request["volume"], request["price"], None, None, None,
            datetime.now(UTC), None, request["magic"], "",
        )  # fmt: skip
        return DONE

    def _levels(self, request: dict[str, Any]) -> int:
        held = self.positions.get(request["position"])
        if held is None:
            return NO_POSITION
        self.positions[held.ticket] = replace(held, sl=request["sl"] or None, tp=request["tp"] or None)
        return DONE

    def _modify(self, request: dict[str, Any]) -> int:
        order = self.orders.get(request["order"])
        if order is None:
            return INVALID
        self.orders[order.ticket] = replace(order, price=request["price"])
        return DONE

    def _remove(self, request: dict[str, Any]) -> int:
        order = self.orders.pop(request["order"], None)
        if order is None:
            return INVALID
        now = datetime.now(UTC)
        self.history.append(
            HistoryOrder(order.ticket, "EURUSD", order.side, order.kind, OrderState.CANCELED, order.volume,
                         order.volume, order.price, now, now, 0, order.magic, "")
        )  # fmt: skip
        return DONE

    def _book(self, position: int, side: Side, entry: DealEntry, volume: float, magic: int) -> None:
        self.deals.append(
            Deal(len(self.deals) + 1, self.ticket, position, "EURUSD", side, entry, volume, 1.1, 0.0, 0.0, 0.0, 0.0,
                 datetime.now(UTC), magic, "")
        )  # fmt: skip
