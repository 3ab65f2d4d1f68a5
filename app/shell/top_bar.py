"""The top bar: whose money it is, how much, how healthy the links are, and the two switches that matter most."""

from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app import formatting
from app.language import tr
from app.shell.frame import TOP_BAR_HEIGHT
from app.shell.links import Links
from app.theme import Theme
from app.widgets.buttons import button
from app.widgets.labels import label, set_property, set_tone

if TYPE_CHECKING:  # the window paints before numpy and the agent are imported
    from agent_core.terminal.models import Account

#: Widths of the window below which the links lose their values, and below which they lose their names too.
ROOM_FOR_VALUES, ROOM_FOR_NAMES = 1420, 1240
#: By how much has to be given up: room between the bar's parts, and width of the account's name.
SPACING = (18, 12, 9)
NAME_WIDTH = (300, 200, 130)
#: Share of the daily loss limit from which the figure warns.
ALMOST = 0.5


class Figure(QWidget):
    """A number over its name; its width only grows, so that nothing jumps."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.value = label(formatting.NONE, "strong", f"topbar.{name}")
        self.caption = label(title, "tiny")
        self.value.setAccessibleName(tr(title))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addStretch(1)
        layout.addWidget(self.value)
        layout.addWidget(self.caption)
        layout.addStretch(1)

    def show_value(self, text: str, tone: str = "flat") -> None:
        """Shows a number in a tone."""
        set_tone(self.value, tone)
        if self.value.text() != tr(text):
            self.value.setText(text)
            self.value.setMinimumWidth(max(self.value.minimumWidth(), self.value.sizeHint().width()))


class TopBar(QFrame):
    """The bar over everything. A live account changes all of it."""

    stop_pressed = Signal()
    arm_pressed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("topbar")
        self.setFixedHeight(TOP_BAR_HEIGHT)
        self.setProperty("live", "false")
        self.kind = label("NO ACCOUNT", "", "topbar.kind")
        self.kind.setProperty("account", "none")
        self.kind.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._title = label("No terminal connected", "strong", "topbar.account")
        self._subline = label("Choose one in Settings", "tiny", "topbar.subline")
        self._name = ""
        self._given_up = 0
        self._row = QHBoxLayout(self)
        self.equity = Figure("equity", "Equity")
        self.floating = Figure("floating", "Floating")
        self.margin_level = Figure("margin_level", "Margin level")
        self.daily_loss = Figure("daily_loss", "Daily loss guard")
        self.links = Links(theme)
        self.arm = button("Arm live", "topbar.arm", "", self.arm_pressed.emit)
        self.stop = button("Stop everything", "topbar.stop", "danger", self.stop_pressed.emit)
        self.stop.setToolTip(tr("Close positions, cancel orders, stop EAs (Ctrl+Shift+X)"))
        self._lay_out()
        self.show_account(None)
        self.show_arm(armed=False)

    def show_account(self, account: "Account | None") -> None:
        """Shows an account's numbers, or that there is none."""
        kind = "none" if account is None else "live" if account.live else "demo"
        set_property(self.kind, "account", kind)
        self.kind.setText({"none": "OFFLINE", "live": "LIVE", "demo": "DEMO"}[kind])
        live = str(kind == "live").lower()
        if self.property("live") != live:
            set_property(self, "live", live)
            for child in self.findChildren(QWidget):
                child.style().unpolish(child)
                child.style().polish(child)
        for widget in (self.equity, self.floating, self.margin_level, self.daily_loss):
            widget.setVisible(account is not None)
        self.stop.setEnabled(account is not None)
        if account is None:
            self._name = tr("No terminal connected")
            self._show_name()
            self._subline.setText(tr("Choose one in Settings"))
            return
        self._name = f"{account.login} · {account.server}"
        self._show_name()
        mode = "Hedging" if account.hedging else "Netting"
        self._subline.setText(f"{mode} · {account.currency} · 1:{account.leverage}")
        digits = account.currency_digits
        self.equity.show_value(formatting.number(account.equity, digits))
        self.floating.show_value(
            formatting.number(account.profit, digits, signed=True), formatting.tone(round(account.profit, digits))
        )
        self.margin_level.show_value(formatting.percent(account.margin_level, 0))

    def show_daily_loss(self, today: float | None, limit: Decimal | None, digits: int, locked: str = "") -> None:
        """Shows today's result, realised and floating, against the daily loss limit, in the account's currency.

        `today` is None until it is known. `locked` says why the risk guard lets no new order out; empty when it does.
        """
        text = formatting.number(today, digits, signed=True)
        self.daily_loss.setToolTip(tr(locked))
        if locked:
            self.daily_loss.caption.setText(tr("Risk guard: locked"))
            self.daily_loss.show_value(text, "bad")
            return
        if limit is None:
            self.daily_loss.show_value(text, formatting.tone(round(today or 0.0, digits)))
            self.daily_loss.caption.setText(tr("Today, no loss limit"))
            return
        used = -(today or 0.0) / float(limit)
        self.daily_loss.caption.setText(tr("Daily loss guard"))
        tone = "bad" if used >= 1 else "warning" if used >= ALMOST else "flat"
        self.daily_loss.show_value(f"{text} {tr('of')} {formatting.number(-limit, 0)}", tone)

    def show_arm(self, *, armed: bool, live: bool = False, problem: str = "") -> None:
        """Shows whether orders to a live account are allowed; a demo account needs no arming.

        Args:
            armed: Whether orders may go out.
            live: Whether the account is a real-money one.
            problem: Why the account must be agreed to first, demo or live; empty when it need not.
        """
        if problem:
            self.arm.setEnabled(True)
            self.arm.setText(tr("Agree"))
            set_property(self.arm, "kind", "live")
            self.arm.setToolTip(tr(problem))
            return
        self.arm.setEnabled(live)
        self.arm.setText(tr("Disarm" if armed and live else "Arm live"))
        set_property(self.arm, "kind", "live" if live and not armed else "")
        unarmed = "Orders to this live account are refused until you arm it."
        armed_live = "Refuse orders to this live account again."
        self.arm.setToolTip(tr("A demo account is always armed." if not live else armed_live if armed else unarmed))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Gives up the links' values, then their names, where there is little room."""
        width = event.size().width()
        self._given_up = (width < ROOM_FOR_VALUES) + (width < ROOM_FOR_NAMES)
        self.links.set_room(values=self._given_up == 0, names=self._given_up < 2)
        self._row.setSpacing(SPACING[self._given_up])
        self._show_name()
        super().resizeEvent(event)

    def _show_name(self) -> None:
        room = NAME_WIDTH[self._given_up]
        self._title.setText(self._title.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideMiddle, room))
        self._title.setToolTip(self._name)

    def _lay_out(self) -> None:
        mark = label("FE", "mark")
        mark.setFixedWidth(40)
        account = QVBoxLayout()
        account.setSpacing(0)
        account.addStretch(1)
        account.addWidget(self._title)
        account.addWidget(self._subline)
        account.addStretch(1)
        layout = self._row
        layout.setContentsMargins(18, 0, 14, 0)
        layout.setSpacing(SPACING[0])
        layout.addWidget(mark)
        layout.addWidget(self.kind)
        layout.addLayout(account)
        for figure in (self.equity, self.floating, self.margin_level, self.daily_loss):
            layout.addWidget(figure)
        layout.addStretch(1)
        layout.addWidget(self.links)
        buttons = QHBoxLayout()
        buttons.setSpacing(14)
        buttons.addWidget(self.arm)
        buttons.addWidget(self.stop)
        layout.addLayout(buttons)
