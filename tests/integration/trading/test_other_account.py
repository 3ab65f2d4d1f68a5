"""A terminal logged in to another account than before: nothing is traded until the trader agrees."""

from typing import Any

import pytest

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.trading.events import ArmChanged
from agent_core.trading.models import OutcomeStatus


async def test_nothing_is_traded_until_the_trader_agrees(bench: Any) -> None:
    opened = await bench.desk.place(bench.ticket())
    assert opened.status is OutcomeStatus.FILLED
    first = bench.terminal.account.login
    bench.control(login=first + 1)
    await bench.feed.poll_account()
    assert not bench.desk.armed
    sentence = bench.terminal.account_problem
    assert sentence.startswith(f"MetaTrader is logged in to account {first + 1} at ")
    assert f"not to {first} at" in sentence
    assert sentence in (await bench.desk.preview(bench.ticket())).problems
    refused = [
        await bench.desk.place(bench.ticket()),
        await bench.desk.modify_position(opened.position, sl=None, tp=None),
        await bench.desk.close_position(opened.position),
    ]
    assert {(outcome.status, outcome.code) for outcome in refused} == {(OutcomeStatus.REFUSED, ErrorCode.NOT_ARMED)}
    everything = await bench.desk.close_all(close_positions=True, cancel_orders=True)
    assert everything.closed == 0
    assert sentence in everything.failed[0]
    assert len(bench.truth()["positions"]) == 1

    # The question is asked again after a restart, and goes away by itself when the old account is back.
    await bench.stop()
    await bench.start()
    assert bench.terminal.account_problem == sentence
    bench.control(login=first)
    await bench.feed.poll_account()
    assert bench.terminal.account_problem == ""
    assert bench.desk.armed

    bench.control(login=first + 1)
    await bench.feed.poll_account()
    bench.desk.arm()
    assert bench.desk.armed
    assert [event.armed for event in bench.seen if isinstance(event, ArmChanged)][-2:] == [False, True]
    assert (await bench.desk.close_position(opened.position)).status is OutcomeStatus.FILLED
    await bench.stop()
    await bench.start()
    assert bench.desk.armed


async def test_an_order_stays_with_the_account_it_was_written_for(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    login, written = bench.terminal.account.login, bench.store.secured

    async def secured() -> None:
        """The trader logs in to another account just before the order leaves, and the agent notices at once."""
        await written()
        bench.control(login=login + 1)
        await bench.feed.poll_account()

    monkeypatch.setattr(bench.store, "secured", secured)
    outcome = await bench.desk.place(bench.ticket())
    assert (outcome.status, outcome.code) == (OutcomeStatus.REFUSED, ErrorCode.NOT_ARMED)
    assert bench.terminal.account.login == login + 1
    assert bench.truth()["positions"] == []


async def test_what_another_account_shows_says_nothing_about_an_order(bench: Any) -> None:
    opened = await bench.desk.place(bench.ticket())
    entry = bench.desk._journal.entry(opened.client_id)
    assert await bench.desk._sender.look(entry) is not None
    bench.control(login=bench.terminal.account.login + 1)
    with pytest.raises(ForexEliteError, match="shows another account"):
        await bench.desk._sender.look(entry)
