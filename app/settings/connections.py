"""Terminal and cloud: what this computer is connected to."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from agent_core.ea.events import BridgeChanged
from agent_core.sync.events import CloudLinkChanged
from agent_core.terminal.events import TerminalLinkChanged
from app.context import AppContext
from app.language import tr
from app.settings.cloud_address import cloud_address
from app.settings.section import FIELD_WIDTH, Section
from app.widgets.buttons import button
from app.widgets.dialogs import ConfirmDialog, answer_of
from app.widgets.form import field
from app.widgets.labels import label, set_invalid, set_tone

_STATES = {
    "off": "This computer is not paired.",
    "connecting": "Connecting …",
    "connected": "Connected.",
    "unreachable": "The cloud can't be reached.",
    "refused": "The cloud refused this computer.",
}


class TerminalSection(Section):
    """The connected terminal, its switches, and how to choose another."""

    terminal_wanted = Signal()
    bridge_wanted = Signal()

    def __init__(self, context: AppContext) -> None:
        super().__init__("terminal", "Terminal", "ForexElite Pro trades through MetaTrader 5 on this computer.")
        self._context = context
        self._name = label("", "", "settings.terminal.name", wrap=True)
        self._state = label("", "", "settings.terminal.state", wrap=True)
        self._switches = label("", "dim", "settings.terminal.switches", wrap=True)
        self._disconnect = button("Disconnect", "settings.terminal.disconnect", "", self._leave)
        self._bridge = label("", "", "settings.terminal.bridge", wrap=True)
        self._install_bridge = button(
            "Install the bridge …", "settings.terminal.install_bridge", "", self.bridge_wanted.emit
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(
            button("Choose a terminal …", "settings.terminal.choose", "primary", self.terminal_wanted.emit)
        )
        buttons.addWidget(self._disconnect)
        self._remove_bridge = button(
            "Remove the bridge …", "settings.terminal.remove_bridge", "", lambda: context.tasks.start(self._remove())
        )
        buttons.addWidget(self._install_bridge)
        buttons.addWidget(self._remove_bridge)
        buttons.addStretch(1)
        self.add_row("Terminal", "", self._name)
        self.add_row("Link", "", self._state)
        self.add_row("Trading switches", "All must be on before an order can be sent.", self._switches)
        self.add_row("Bridge", "Starts and stops EAs on charts.", self._bridge)
        self.rows.addLayout(buttons)
        context.signals.terminal_link.connect(self._show)
        context.signals.bridge.connect(self._show_bridge)
        self._show_bridge(context.agent.ea.bridge)
        self._show(context.agent.terminal.link)

    def _show(self, link: TerminalLinkChanged) -> None:
        install = self._context.agent.terminal.install
        self._name.setText(f"{install.name}\n{install.executable}" if install else "None chosen")
        self._state.setText("Connected." if link.state == "connected" else link.detail or link.state)
        switches = (f"{'✓' if switch.allowed else '✗'}  {tr(switch.name)}" for switch in link.permissions)
        self._switches.setText("\n".join(switches) or "Unknown")
        self._disconnect.setEnabled(self._context.agent.terminal.connected)

    def _show_bridge(self, bridge: BridgeChanged) -> None:
        self._bridge.setText(bridge.detail or "Connected.")
        self._install_bridge.setVisible(bridge.state in ("missing", "lost"))
        self._remove_bridge.setVisible(bridge.state != "missing")

    def _leave(self) -> None:
        self._context.tasks.start(self._context.agent.terminal.disconnect())

    async def _remove(self) -> None:
        """Takes the bridge out and connects again as before.

        Raises:
            ForexEliteError: the terminal does not close or can't be written.
        """
        agent = self._context.agent
        dialog = ConfirmDialog(
            self, "settings.terminal.remove_bridge_dialog", title="Remove the bridge",
            text="MetaTrader is closed for a moment, the bridge's chart and program are taken out and its switches put "
            "back as they were. EAs can't be started or stopped from here then; positions stay as they are.",
            accept="Remove", kind="stop",
        )  # fmt: skip
        if not await answer_of(dialog):
            return
        install, connected = agent.terminal.install, agent.terminal.connected
        await agent.terminal.disconnect()
        try:
            removed = await agent.ea.remove_bridge(close_terminal=True)
        finally:
            if connected and install is not None:
                await agent.terminal.connect(install)
        self._context.toasts.success("The bridge is removed." if removed else "There was no bridge to remove.")


class CloudSection(Section):
    """Who is signed in, which cloud, which pairing."""

    sign_in_wanted = Signal()
    sign_out_wanted = Signal()

    def __init__(self, context: AppContext) -> None:
        super().__init__("cloud", "Cloud", "Generation, the phone dashboard and backup. Trading works without it.")
        self._context = context
        self._user = label("", "", "settings.cloud.user")
        self._url = field("settings.cloud.url", placeholder="https://cloud.example.com")
        self._url.setText(context.agent.settings.cloud_url)
        self._url.setMinimumWidth(FIELD_WIDTH)
        self._url.returnPressed.connect(self.save_address)
        self._agent = label("", "", "settings.cloud.agent", wrap=True)
        self._state = label("", "", "settings.cloud.state", wrap=True)
        self._sign_in = button("Sign in", "settings.cloud.sign_in", "primary", self.sign_in_wanted.emit)
        self._sign_out = button("Sign out", "settings.cloud.sign_out", "", self.sign_out_wanted.emit)
        buttons = QHBoxLayout()
        buttons.addWidget(self._sign_in)
        buttons.addWidget(self._sign_out)
        buttons.addWidget(button("Save address", "settings.cloud.save", "", self.save_address))
        buttons.addStretch(1)
        self.add_row("Signed in as", "", self._user)
        self.add_row("Address", "Empty works without a cloud. Used from the next start on.", self._url)
        self.add_row("Paired agent", "This computer's identity at the cloud.", self._agent)
        self.add_row("Link", "", self._state)
        self.rows.addLayout(buttons)
        context.signals.cloud_link.connect(self._show)
        self.refresh()

    def save_address(self) -> None:
        """Keeps the address for the next start, or says what is wrong with it."""
        try:
            address = cloud_address(self._url.text())
        except ValueError as error:
            set_invalid(self._url, True)
            set_tone(self.note, "bad")
            self.note.setText(str(error))
            return
        set_invalid(self._url, False)
        self._url.setText(address)
        self._context.ui.set("cloud_url", address)
        set_tone(self.note, "good")
        self.note.setText(tr("Saved. Close and start ForexElite Pro to use it."))

    def refresh(self) -> None:
        """Reads user and pairing again."""
        self._show(self._context.agent.cloud.state)

    def _show(self, link: CloudLinkChanged) -> None:
        user, cloud = self._context.api.user, self._context.agent.cloud
        self._user.setText(user.email if user else "nobody")
        self._agent.setText(str(cloud.agent_id) if cloud.paired else "not paired")
        self._state.setText(link.detail or _STATES[link.state])
        self._sign_in.setVisible(user is None)
        self._sign_in.setEnabled(bool(self._context.agent.settings.cloud_url))
        self._sign_out.setVisible(user is not None)
