from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.simulator.options import SimulatorOptions
from agent_core.terminal.models import OrderKind, Side
from agent_core.trading.events import ArmChanged, OrderSettled
from agent_core.trading.journal import order_key
from agent_core.trading.models import KEEP, OutcomeStatus, RiskLimits, SizeMode
from agent_core.trading.trailing import TrailingStops


async def test_buy_with_risk_move_the_stop_close_in_parts(bench: Any) -> None:
    bid = Decimal(str((await bench.terminal.tick("EURUSD")).bid))
    ticket = bench.ticket(
        size_mode=SizeMode.RISK_PERCENT, size=Decimal(1), sl=bid - Decimal("0.0050"), tp=bid + Decimal("0.0100")
    )
    preview = await bench.desk.preview(ticket)
    assert preview.problems == ()
    assert preview.guard == "within limits"
    assert Decimal(90) < preview.risk_money <= Decimal(100)
    assert preview.margin > 0
    assert preview.r_multiple > Decimal("1.5")
    outcome = await bench.desk.place(ticket)
    assert (outcome.status, outcome.lots) == (OutcomeStatus.FILLED, preview.lots)
    (position,) = bench.truth()["positions"]
    assert (position["ticket"], position["volume"]) == (outcome.position, float(preview.lots))
    assert position["magic"] == order_key(ticket.client_id)
    assert bench.desk.owner_of(position["magic"]) == "manual"

    changed = await bench.desk.modify_position(outcome.position, sl=bid - Decimal("0.003"), tp=None)
    assert changed.status is OutcomeStatus.DONE
    (position,) = bench.truth()["positions"]
    assert (position["sl"], position["tp"]) == (float(bid - Decimal("0.003")), 0.0)
    again = await bench.desk.modify_position(outcome.position, sl=bid - Decimal("0.003"), tp=None)
    assert again.status is OutcomeStatus.DONE

    part = await bench.desk.close_position(outcome.position, Decimal("0.05"))
    assert (part.status, part.lots) == (OutcomeStatus.FILLED, Decimal("0.05"))
    assert part.profit is not None
    rest = await bench.desk.close_position(outcome.position)
    assert rest.status is OutcomeStatus.FILLED
    assert bench.truth()["positions"] == []
    gone = await bench.desk.close_position(outcome.position)
    assert (gone.status, gone.code) == (OutcomeStatus.REFUSED, ErrorCode.NOT_FOUND)


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
async def test_a_change_undoes_nothing_that_was_changed_elsewhere(bench: Any, side: Side) -> None:
    away = Decimal(side.sign) * Decimal("0.0100")
    price = Decimal(str((await bench.terminal.tick("EURUSD")).bid))
    opened = await bench.desk.place(bench.ticket(side=side, sl=price - away, tp=price + away))
    await bench.feed.poll_account()

    async def in_metatrader(sl: Decimal, tp: Decimal) -> None:
        levels = {"action": 6, "symbol": "EURUSD", "position": opened.position, "sl": float(sl), "tp": float(tp)}
        assert (await bench.terminal.order_send(levels)).retcode == 10009

    async def levels() -> tuple[Decimal, Decimal]:
        (position,) = bench.truth()["positions"]
        return Decimal(str(position["sl"])), Decimal(str(position["tp"]))

    await in_metatrader(price - away, price + 2 * away)
    stops = TrailingStops(bench.terminal, bench.desk, bench.store, bench.bus)
    (stale,) = bench.feed.positions
    stops.start(stale, Decimal("0.0050"))
    await stops.close()
    stop, target = await levels()
    assert target == price + 2 * away
    assert abs(stop - (price - away / 2)) < Decimal("0.0010")

    await in_metatrader(closer := price - away / 4, price + 3 * away)
    stops.start(stale, Decimal("0.0050"))  # it would take the stop back
    await stops.close()
    assert await levels() == (closer, price + 3 * away)
    assert (await bench.desk.modify_position(opened.position, sl=None, tp=KEEP)).status is OutcomeStatus.DONE
    assert await levels() == (0, price + 3 * away)

    waiting = await bench.desk.place(
        bench.ticket(side=side, kind=OrderKind.LIMIT, price=price - away, sl=price - 2 * away, tp=price)
    )
    moved = await bench.desk.modify_order(waiting.order, price=KEEP, sl=KEEP, tp=price + away)
    assert moved.status is OutcomeStatus.DONE
    (order,) = bench.truth()["orders"]
    assert [Decimal(str(order[name])) for name in ("price_open", "sl", "tp")] == [
        price - away, price - 2 * away, price + away,
    ]  # fmt: skip


async def test_pending_orders_of_every_kind(bench: Any) -> None:
    bid = Decimal(str((await bench.terminal.tick("EURUSD")).bid))
    far = Decimal("0.0100")
    for side, kind, price, limit in (
        (Side.BUY, OrderKind.LIMIT, bid - far, None),
        (Side.SELL, OrderKind.LIMIT, bid + far, None),
        (Side.BUY, OrderKind.STOP, bid + far, None),
        (Side.SELL, OrderKind.STOP, bid - far, None),
        (Side.BUY, OrderKind.STOP_LIMIT, bid + far, bid + far - Decimal("0.001")),
    ):
        ticket = bench.ticket(side=side, kind=kind, price=price, stop_limit_price=limit)
        outcome = await bench.desk.place(ticket)
        assert outcome.status is OutcomeStatus.PLACED, outcome
        moved = await bench.desk.modify_order(outcome.order, price=price, sl=None, tp=None)
        assert moved.status is OutcomeStatus.DONE, moved
    assert len(bench.truth()["orders"]) == 5
    order = bench.truth()["orders"][0]
    outcome = await bench.desk.modify_order(order["ticket"], price=bid - 2 * far, sl=bid - 3 * far, tp=None)
    assert outcome.status is OutcomeStatus.DONE
    assert bench.truth()["orders"][0]["price_open"] == float(bid - 2 * far)
    assert (await bench.desk.cancel_order(order["ticket"])).status is OutcomeStatus.DONE
    assert len(bench.truth()["orders"]) == 4


async def test_a_stop_limit_is_worked_out_from_the_price_it_is_filled_at(bench: Any) -> None:
    ask = Decimal(str((await bench.terminal.tick("EURUSD")).ask))
    limit = ask + Decimal("0.0090")
    preview = await bench.desk.preview(
        bench.ticket(
            kind=OrderKind.STOP_LIMIT, price=ask + Decimal("0.0100"), stop_limit_price=limit,
            sl=limit - Decimal("0.0020"), tp=limit + Decimal("0.0040"),
        )
    )  # fmt: skip
    assert (preview.price, preview.stop_pips, preview.target_pips) == (limit, Decimal("20.0"), Decimal("40.0"))
    assert preview.r_multiple == Decimal("2.00")


async def test_the_same_client_id_is_sent_once(bench: Any) -> None:
    ticket = bench.ticket()
    first = await bench.desk.place(ticket)
    assert await bench.desk.place(ticket) == first
    await bench.stop()
    await bench.start()
    assert await bench.desk.place(ticket) == first
    assert len(bench.truth()["positions"]) == 1


async def test_the_kill_switch_closes_and_cancels_everything(bench: Any) -> None:
    bid = Decimal(str((await bench.terminal.tick("EURUSD")).bid))
    await bench.desk.place(bench.ticket())
    await bench.desk.place(bench.ticket(side=Side.SELL, symbol="GBPUSD"))
    await bench.desk.place(bench.ticket(kind=OrderKind.LIMIT, price=bid - Decimal("0.01")))
    bench.desk.disarm()
    result = await bench.desk.close_all(close_positions=True, cancel_orders=True)
    assert (result.closed, result.cancelled, result.failed) == (2, 1, ())
    assert (bench.truth()["positions"], bench.truth()["orders"]) == ([], [])


async def test_facts_reach_the_event_log(bench: Any, wait_until: Any) -> None:
    await bench.feed.start()
    await wait_until(lambda: "account" in bench.kinds())
    outcome = await bench.desk.place(bench.ticket(owner="strategy"))
    await wait_until(lambda: "deal" in bench.kinds())
    await bench.desk.close_position(outcome.position)
    await wait_until(lambda: "position_closed" in bench.kinds())
    facts = {event.kind: event.data for event in bench.events.pending()}
    assert facts["order_intent"]["owner"] == "strategy"
    assert facts["order_intent"]["units"] == "10000"
    assert facts["order_outcome"]["position_id"] == str(outcome.position)
    assert facts["position_closed"]["side"] == "BUY"
    held = [event.data["positions"] for event in bench.events.pending() if event.kind == "positions"]
    assert held[0][0]["owner"] == "strategy"
    assert bench.kinds().count("order_outcome") == 1


async def test_a_refusal_is_one_clear_sentence(bench: Any) -> None:
    await bench.terminal.tick("EURUSD")
    for off, on, code, words in (
        ({"auto_trading": False}, {"auto_trading": True}, ErrorCode.ALGO_TRADING_DISABLED, "Algo Trading button"),
        ({"api_disabled": True}, {"api_disabled": False}, ErrorCode.ALGO_TRADING_DISABLED, "external Python API"),
        ({"market_open": False}, {"market_open": True}, ErrorCode.MARKET_CLOSED, "The market is closed"),
        ({"trade_allowed": False}, {"trade_allowed": True}, ErrorCode.TRADE_DISABLED, "master password"),
        ({"trade_modes": {"EURUSD": 3}}, {"trade_modes": {"EURUSD": 4}}, ErrorCode.TRADE_DISABLED, "be closed"),
    ):
        bench.control(**off)
        outcome = await bench.desk.place(bench.ticket())
        assert (outcome.status, outcome.code) == (OutcomeStatus.REFUSED, code), off
        assert words in outcome.message
        bench.control(**on)
    assert bench.truth()["positions"] == []
    assert (await bench.desk.place(bench.ticket())).status is OutcomeStatus.FILLED


async def test_what_is_wrong_with_a_ticket_is_said_before_it_is_sent(bench: Any) -> None:
    wrong: list[tuple[dict[str, Any], ErrorCode, str]] = [
        ({"size": Decimal("0.001")}, ErrorCode.INVALID_VOLUME, "broker's minimum of 0.01"),
        ({"size": Decimal(50)}, ErrorCode.INSUFFICIENT_MARGIN, "of margin"),
        ({"sl": Decimal("9.9")}, ErrorCode.INVALID_STOPS, "must be below"),
        ({"symbol": "NOSUCH"}, ErrorCode.UNKNOWN_INSTRUMENT, "no instrument NOSUCH"),
        ({"kind": OrderKind.LIMIT}, ErrorCode.INVALID_PRICE, "Enter the price"),
    ]
    for changes, code, words in wrong:
        ticket = bench.ticket(**changes)
        outcome = await bench.desk.place(ticket)
        assert (outcome.status, outcome.code) == (OutcomeStatus.REFUSED, code)
        assert words in outcome.message
        assert await bench.desk.place(replace(ticket, size=Decimal("0.1"))) == outcome
    assert bench.truth()["positions"] == []


async def test_the_guard_refuses_and_says_which_limit(bench: Any) -> None:
    bench.desk.set_limits(RiskLimits(max_lots=Decimal("0.05"), max_positions=1, daily_loss=Decimal(500)))
    preview = await bench.desk.preview(bench.ticket())
    assert preview.guard == "0.1 lots are more than your limit of 0.05 an order."
    assert preview.guard in preview.problems
    outcome = await bench.desk.place(bench.ticket())
    assert outcome.code is ErrorCode.RISK_LIMIT
    assert (await bench.desk.place(bench.ticket(size=Decimal("0.05")))).status is OutcomeStatus.FILLED
    assert "1 positions and orders" in (await bench.desk.place(bench.ticket(size=Decimal("0.05")))).message
    assert bench.kinds().count("risk_decision") == 3


async def test_closing_part_of_a_position_leaves_a_tradable_rest(bench: Any) -> None:
    outcome = await bench.desk.place(bench.ticket(size=Decimal("0.02")))
    for lots in ("0.03", "0.005", "0"):
        refused = await bench.desk.close_position(outcome.position, Decimal(lots))
        assert refused.code is ErrorCode.INVALID_VOLUME
    assert bench.truth()["positions"][0]["volume"] == 0.02


class TestLiveAccount:
    @pytest.fixture
    def terminal_options(self) -> SimulatorOptions:
        return SimulatorOptions(idle_exit=5, live=True)

    async def test_it_is_disarmed_at_every_start(self, bench: Any) -> None:
        assert bench.terminal.account.live
        assert not bench.desk.armed
        outcome = await bench.desk.place(bench.ticket())
        assert (outcome.code, bench.truth()["positions"]) == (ErrorCode.NOT_ARMED, [])
        assert any("not armed" in text for text in (await bench.desk.preview(bench.ticket())).problems)
        bench.desk.arm()
        opened = await bench.desk.place(bench.ticket())
        assert opened.status is OutcomeStatus.FILLED
        await bench.stop()
        await bench.start()
        assert not bench.desk.armed
        refused = await bench.desk.modify_position(opened.position, sl=Decimal("0.5"), tp=None)
        assert refused.code is ErrorCode.NOT_ARMED
        assert (await bench.desk.close_position(opened.position)).status is OutcomeStatus.FILLED
        changes = [event for event in bench.seen if isinstance(event, ArmChanged)]
        assert [(event.armed, event.live) for event in changes] == [(False, True), (True, True), (False, True)]
        assert sum(isinstance(event, OrderSettled) for event in bench.seen) == 4


async def test_nothing_is_journaled_without_a_terminal(bench: Any) -> None:
    await bench.terminal.disconnect()
    ticket = bench.ticket()
    with pytest.raises(ForexEliteError, match="No MetaTrader 5 terminal is connected"):
        await bench.desk.place(ticket)
    (found,) = await bench.terminal.discover()
    await bench.terminal.connect(found)
    assert (await bench.desk.place(ticket)).status is OutcomeStatus.FILLED


@pytest.mark.parametrize("level", ["NaN", "Infinity", "1e400", "-1", "0"])
async def test_levels_that_are_no_prices_are_refused(bench: Any, level: str) -> None:
    for changes in ({"sl": Decimal(level)}, {"kind": OrderKind.LIMIT, "price": Decimal(level)}):
        outcome = await bench.desk.place(bench.ticket(**changes))
        assert outcome.status is OutcomeStatus.REFUSED
        assert outcome.code in (ErrorCode.INVALID_PRICE, ErrorCode.INVALID_STOPS)
    opened = await bench.desk.place(bench.ticket())
    moved = await bench.desk.modify_position(opened.position, sl=Decimal(level), tp=None)
    assert moved.code in (ErrorCode.INVALID_PRICE, ErrorCode.INVALID_STOPS)
    assert [position["sl"] for position in bench.truth()["positions"]] == [0.0]


async def test_the_commission_is_learned_from_the_accounts_own_deals(bench: Any) -> None:
    before = await bench.desk.preview(bench.ticket(size=Decimal(1)))
    assert before.commission == 0
    assert "not known before its first trade" in before.commission_note
    await bench.feed.poll_account()
    opened = await bench.desk.place(bench.ticket(size=Decimal(1)))
    await bench.feed.poll_account()
    half = await bench.desk.preview(bench.ticket(size=Decimal(1)))
    assert "one side" in half.commission_note
    await bench.desk.close_position(opened.position)
    await bench.feed.poll_account()
    known = await bench.desk.preview(bench.ticket(size=Decimal(1)))
    assert (known.commission, known.commission_note) == (Decimal("7.00"), "")
