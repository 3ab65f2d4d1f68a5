"""Steps: stop everything, each choice by itself, by its keys, with the cloud gone, and with a broker that refuses."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from PySide6.QtWidgets import QCheckBox, QWidget

from agent_core.ea.models import EaDeployment
from agent_core.terminal.models import OrderKind, Side
from agent_core.trading.models import OrderTicket, SizeMode
from app.shell.links import LinkIndicator
from app.tour.ea_steps import deployment_of
from app.tour.guide import Guide
from app.tour.hands import find, until
from app.tour.picture import picture_of
from app.tour.step import Step
from app.tour.trading import SYMBOL, clear_ticket, trade_at_market

KEYS = "Ctrl+Shift+X"
CHOICES = ("close_positions", "cancel_orders", "stop_eas")
#: The broker's answer "market is closed".
CLOSED = 10018


async def only_orders(guide: Guide) -> None:
    """Two positions, an order and an EA are there; ticked is the order alone, and it alone goes."""
    await guide.go_to("trade")
    for _ in range(2):
        await trade_at_market(guide, "buy", "0.10")
    await clear_ticket(guide)
    await _place_order(guide)
    await guide.context.agent.ea.start(deployment_of(guide).id)
    await until("the EA runs", lambda: deployment_of(guide).status == "running", 60)
    await _ask(guide)
    for choice in CHOICES:
        find(guide.window, QCheckBox, f"stop_dialog.{choice}").setChecked(False)
    accept = find(guide.window, QWidget, "stop_dialog.accept")
    guide.check("With nothing ticked nothing can be stopped", not accept.isEnabled())
    find(guide.window, QCheckBox, "stop_dialog.cancel_orders").click()
    await guide.picture("asked")
    await guide.press("stop_dialog.accept")
    await guide.until_terminal("the order is gone", lambda now: not now["orders"])
    await _told(guide, "1 order cancelled")
    state = await guide.terminal.state()
    guide.check("Both positions are still there", len(state["positions"]) == 2, state["positions"])
    guide.check("The EA still runs", _runs(state, deployment_of(guide)))


async def without_the_cloud(guide: Guide) -> None:
    """The cloud is gone, and is said to be; EAs alone are stopped, then positions, one of which the broker refuses."""
    await guide.cloud.stop()
    link = find(guide.window, LinkIndicator, "link.cloud")
    await until("the top bar says that the cloud is gone", lambda: link.state.tone == "warning", 30)
    guide.check("It says so in a sentence", "cloud" in link.state.detail.lower(), link.state)
    await _choose(guide, "stop_eas")
    await guide.picture("asked")
    await guide.press("stop_dialog.accept")
    await guide.until_terminal("the EA's chart is closed", lambda now: not _runs(now, deployment_of(guide)))
    await _told(guide, "1 EA stopped")
    guide.check("Both positions are still there", len((await guide.terminal.state())["positions"]) == 2)
    await guide.terminal.control(fault={"call": "order_send", "kind": "retcode", "retcode": CLOSED})
    await _choose(guide, "close_positions")
    await guide.press("stop_dialog.accept")
    await _told(guide, "Stopping: ")
    picture_of(guide.window).save(str(guide.folder / f"{guide.step}-progress.png"))
    failed = await _told(guide, "Not stopped")
    guide.check("It says which one, and why", "Position " in failed and "market is closed" in failed, failed)
    await guide.picture("failed")
    left = (await guide.terminal.state())["positions"]
    guide.check("The other one is closed", len(left) == 1, left)
    await _choose(guide, "close_positions")
    await guide.press("stop_dialog.accept")
    await guide.until_terminal("nothing is open", lambda now: not now["positions"])
    await _told(guide, "1 position closed")


async def cloud_back(guide: Guide) -> None:
    """The cloud comes back by itself: the link says so, and what happened meanwhile is uploaded."""
    link = find(guide.window, LinkIndicator, "link.cloud")
    waiting = guide.context.agent.events.queued
    guide.check("What happened meanwhile waits", waiting > 0, waiting)
    await guide.picture("waiting")
    await guide.cloud.start()
    await until("the link is good again", lambda: link.state.tone == "good" and link, 60)
    await until("nothing waits any more", lambda: guide.context.agent.events.queued == 0, 30)
    guide.check("All is uploaded", True)


async def _ask(guide: Guide) -> None:
    await guide.keys(KEYS)
    await until("the question opens", lambda: find(guide.window, QWidget, "stop_dialog"))


async def _choose(guide: Guide, chosen: str) -> None:
    """Opens the question and leaves one thing ticked."""
    await _ask(guide)
    for choice in CHOICES:
        if choice != chosen:
            find(guide.window, QCheckBox, f"stop_dialog.{choice}").click()


async def _told(guide: Guide, words: str) -> str:
    messages = guide.context.toasts
    told = await until(f"'{words}' is told", lambda: [each for each in messages.messages if words in each], 60)
    guide.check(f"The window says: {told[-1]}", True)
    return told[-1]


async def _place_order(guide: Guide) -> None:
    tick = await until("a quote is there", lambda: guide.context.agent.feed.last(SYMBOL))
    price = Decimal(f"{tick.bid - 0.01:.5f}")
    ticket = OrderTicket(uuid4(), SYMBOL, Side.BUY, OrderKind.LIMIT, SizeMode.LOTS, Decimal("0.1"), price)
    await guide.context.agent.desk.place(ticket)
    await until("the window lists the order", lambda: guide.context.agent.feed.orders)


def _runs(state: dict[str, Any], deployment: EaDeployment) -> bool:
    return any(chart["expert"] == deployment.expert for chart in state["charts"])


STEPS = (
    Step("stop-orders", "Stop everything: only the orders", only_orders),
    Step("stop-cloudless", "Stop everything without the cloud, and what failed", without_the_cloud),
    Step("cloud-back", "The cloud is back", cloud_back),
)
