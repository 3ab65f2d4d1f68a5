"""Orders and the disk: one wait for it an order, and what a full one does to them."""

import sys
from decimal import Decimal
from typing import Any

import pytest

from agent_core.protocol.errors import ForexEliteError
from agent_core.trading.models import OutcomeStatus, RiskLimits

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files can't be limited there")


async def test_an_order_waits_for_the_disk_once_and_before_it_leaves(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    plain = bench.terminal.order_send

    async def order_send(request: Any, **more: Any) -> Any:
        steps.append("sent")
        return await plain(request, **more)

    monkeypatch.setattr(bench.terminal, "order_send", order_send)
    bench.desk.set_limits(RiskLimits(daily_loss=Decimal(5000), max_open_lots=Decimal(5), max_spread_points=500))
    await bench.desk.place(bench.ticket())  # the guard takes note of the account's deposits
    steps.clear()
    monkeypatch.setattr("agent_core.store.os.fsync", lambda _: steps.append("disk"))
    outcome = await bench.desk.place(bench.ticket())
    assert outcome.status is OutcomeStatus.FILLED
    assert steps == ["disk", "sent"]


async def test_nothing_is_sent_while_the_disk_is_full(bench: Any, full_disk: Any) -> None:
    ticket = bench.ticket()
    with full_disk(bench.store.path), pytest.raises(ForexEliteError, match="Make room on the disk"):
        await bench.desk.place(ticket)
    assert bench.truth()["positions"] == []
    assert (await bench.desk.place(bench.ticket())).status is OutcomeStatus.FILLED
    assert len(bench.truth()["positions"]) == 1


@pytest.mark.logs_errors
async def test_a_disk_that_fills_up_on_the_way_hides_no_outcome(
    bench: Any, monkeypatch: pytest.MonkeyPatch, wait_until: Any, full_disk: Any
) -> None:
    ticket = bench.ticket()
    plain = bench.terminal.deals_of
    limited = full_disk(bench.store.path)

    async def deals_of(order: int) -> Any:
        """Called when the broker has carried the order out."""
        limited.__enter__()
        return await plain(order)

    monkeypatch.setattr(bench.terminal, "deals_of", deals_of)
    outcome = await bench.desk.place(ticket)
    limited.__exit__(None, None, None)
    monkeypatch.undo()
    assert outcome.status is OutcomeStatus.FILLED
    # With room again it is written down by itself, and asked for again it is not sent again.
    await wait_until(lambda: not bench.desk._journal.is_open(ticket.client_id))
    assert (await bench.desk.place(ticket)).status is OutcomeStatus.FILLED
    assert len(bench.truth()["positions"]) == 1
