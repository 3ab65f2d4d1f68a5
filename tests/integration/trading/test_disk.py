"""Orders and the disk: one wait for it an order, and what a full one does to them."""

import os
import shutil
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent_core.protocol.errors import ForexEliteError
from agent_core.store import Store
from agent_core.sync.event_log import EventLog
from agent_core.trading.journal import OrderJournal, State
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


async def test_a_power_cut_just_as_an_order_leaves_finds_it_in_the_journal(
    bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What has reached the disk is what was written before the last wait for it; all the rest is lost."""
    disk, synced, plain, found = tmp_path / "disk", os.fsync, bench.terminal.order_send, list[Any]()
    disk.mkdir()

    def fsync(file: int) -> None:
        synced(file)
        for path in bench.store.path.parent.glob("agent.db*"):
            shutil.copyfile(path, disk / path.name)

    async def order_send(request: Any, **more: Any) -> Any:
        monkeypatch.setattr("agent_core.store.os.fsync", synced)
        (disk / "agent.db-shm").unlink(missing_ok=True)  # in memory alone
        store = Store(disk / "agent.db")
        found.append(OrderJournal(store).entry(ticket.client_id))
        found.append([fact.kind for fact in EventLog(store).pending() if fact.kind == "order_intent"])
        store.close()
        return await plain(request, **more)

    ticket = bench.ticket()
    monkeypatch.setattr("agent_core.store.os.fsync", fsync)
    monkeypatch.setattr(bench.terminal, "order_send", order_send)
    outcome = await bench.desk.place(ticket)
    assert outcome.status is OutcomeStatus.FILLED
    entry, facts = found
    assert (entry.state, entry.attempts, entry.account) == (State.SENT, 1, bench.terminal.account.key)
    assert entry.request["magic"] == entry.magic == bench.truth()["positions"][0]["magic"]
    assert facts == ["order_intent"]


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
