"""The top bar: account, figures, links, switches."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from agent_core.ea.events import BridgeChanged
from agent_core.sync.events import CloudLinkChanged
from agent_core.terminal.events import TerminalLinkChanged
from agent_core.terminal.models import Account, Permission
from app.shell import links
from app.shell.status_bar import server_clock
from app.shell.top_bar import TopBar
from app.theme import Theme

ACCOUNT = Account(
    login=50123456, server="ICMarketsSC-Demo", company="Raw Trading", name="Jo", currency="USD", currency_digits=2,
    leverage=100, live=False, hedging=True, balance=10355.46, credit=0.0, profit=126.9, equity=10482.36, margin=569.0,
    margin_free=9913.36, margin_level=1842.2, trade_allowed=True, trade_expert=True,
)  # fmt: skip


@pytest.fixture
def bar(theme: Theme, qtbot: Any) -> TopBar:
    bar = TopBar(theme)
    qtbot.addWidget(bar)
    bar.resize(1600, 48)
    bar.show()
    return bar


def _text(bar: TopBar, name: str) -> str:
    found = bar.findChild(QLabel, name)
    assert found is not None
    return found.text()


def test_without_a_terminal_nothing_can_be_stopped(bar: TopBar) -> None:
    assert _text(bar, "topbar.kind") == "OFFLINE"
    assert not bar.stop.isEnabled()
    assert not bar.equity.isVisible()


def test_a_demo_account(bar: TopBar) -> None:
    bar.show_account(ACCOUNT)
    assert _text(bar, "topbar.kind") == "DEMO"
    assert _text(bar, "topbar.account") == "50123456 · ICMarketsSC-Demo"
    assert _text(bar, "topbar.subline") == "Hedging · USD · 1:100"
    assert _text(bar, "topbar.equity") == "10\u2009482.36"
    assert _text(bar, "topbar.floating") == "+126.90"
    assert _text(bar, "topbar.margin_level") == "1\u2009842 %"
    assert bar.floating.value.property("tone") == "up"
    assert bar.property("live") == "false"
    assert not bar.arm.isEnabled()


def test_live_money_changes_the_whole_bar(bar: TopBar, theme: Theme, qtbot: Any) -> None:
    bar.show_account(ACCOUNT)
    before = bar.grab().toImage().pixelColor(5, 5).name()
    bar.show_account(replace(ACCOUNT, live=True))
    after = bar.grab().toImage()
    assert _text(bar, "topbar.kind") == "LIVE"
    assert before == theme.tokens.panel
    assert {after.pixelColor(x, 3).name() for x in (5, 700, 1590)} == {theme.tokens.live_bar}
    with qtbot.waitSignal(bar.arm_pressed):
        bar.show_arm(armed=False, live=True)
        bar.arm.click()
    bar.show_arm(armed=True, live=True)
    assert bar.arm.text() == "Disarm"
    bar.show_arm(armed=False, live=False, problem="MetaTrader is logged in to another account.")
    assert (bar.arm.text(), bar.arm.isEnabled()) == ("Agree", True)
    bar.show_arm(armed=True, live=False)
    assert not bar.arm.isEnabled()


def test_the_daily_loss_warns_before_it_stops(bar: TopBar) -> None:
    bar.show_account(ACCOUNT)
    tones = []
    for today in (20.0, -100.0, -160.0, -300.0):
        bar.show_daily_loss(today, Decimal(300), 2)
        tones.append(bar.daily_loss.value.property("tone"))
    assert tones == ["flat", "flat", "warning", "bad"]
    assert _text(bar, "topbar.daily_loss") == "−300.00 of −300"
    bar.show_daily_loss(-300.0, Decimal(300), 2, "Today's loss has reached your limit.")
    assert bar.daily_loss.caption.text() == "Risk guard: locked"
    bar.show_daily_loss(5.0, None, 2)
    assert _text(bar, "topbar.daily_loss") == "+5.00"


def test_figures_never_shrink_so_that_nothing_jumps(bar: TopBar) -> None:
    bar.show_account(ACCOUNT)
    wide = bar.equity.value.minimumWidth()
    bar.show_account(replace(ACCOUNT, equity=1.0))
    assert bar.equity.value.minimumWidth() == wide


@pytest.mark.parametrize("width", [1280, 1600])
@pytest.mark.parametrize("live", [False, True])
def test_nothing_is_clipped(bar: TopBar, width: int, live: bool) -> None:
    bar.resize(width, 48)
    bar.show_account(replace(ACCOUNT, live=live, server="Very-Long-Broker-Name-Live 12", equity=1_234_567.89))
    bar.show_daily_loss(-1234.5, Decimal(30000), 2)
    bar.links.show_cloud(CloudLinkChanged("unreachable", queued=12345))
    bar.layout().activate()
    for widget in (*bar.findChildren(QLabel), *bar.findChildren(QPushButton)):
        if widget.isVisible():
            right = widget.mapTo(bar, widget.rect().topRight()).x()
            assert right <= width, widget.objectName()
            if isinstance(widget, QLabel):
                assert widget.width() >= widget.sizeHint().width(), widget.objectName()


def test_states_of_the_terminal() -> None:
    off = Permission("Algo Trading button", allowed=False, fix="Press Algo Trading in MetaTrader.")
    assert links.terminal_state(TerminalLinkChanged("connected", "", round_trip_ms=12.4)).value == "12 ms"
    limited = links.terminal_state(TerminalLinkChanged("connected", "", permissions=(off,)))
    assert (limited.tone, limited.value) == ("warning", "limited")
    assert "Press Algo Trading" in limited.detail
    assert links.terminal_state(TerminalLinkChanged("lost", "MetaTrader was closed.")).tone == "bad"
    assert links.terminal_state(TerminalLinkChanged("disconnected", "")).value == "off"


def test_states_of_bridge_prices_and_cloud() -> None:
    assert links.bridge_state(BridgeChanged("connected", "", 0.4), 1.0).value == "1.4 s"
    tones = [links.bridge_state(BridgeChanged(state), 0).tone for state in ("missing", "lost", "trading_off")]
    assert tones == ["mute", "bad", "warning"]
    assert [links.prices_state(age).tone for age in (None, 1, 30, 300)] == ["mute", "good", "warning", "bad"]
    assert links.cloud_state(CloudLinkChanged("connected", round_trip_ms=48)).value == "48 ms"
    assert links.cloud_state(CloudLinkChanged("connected", queued=3)).value == "3 queued"
    tones = [links.cloud_state(CloudLinkChanged(state)).tone for state in ("off", "unreachable", "refused")]
    assert tones == ["mute", "warning", "bad"]


def test_server_clock() -> None:
    moment = datetime(2026, 11, 22, 12, 7, 32, tzinfo=UTC)
    assert server_clock(moment, 7200) == "Server 14:07:32 (UTC+2)"
    assert server_clock(moment, -12600) == "Server 08:37:32 (UTC−3.5)"
    assert server_clock(moment, None) == "12:07:32 UTC"
