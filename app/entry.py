"""Which page a trader sees first: sign-in, onboarding or the workspace. Without the cloud, work goes on locally."""

import logging

from PySide6.QtCore import QTimer

from agent_core.protocol.auth import User
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from app.beside import imported_in_turns
from app.context import AppContext
from app.onboarding.cloud import register_account
from app.onboarding.page import OnboardingPage
from app.shell.coach import show_coach
from app.shell.rail import ENTRIES
from app.shell.window import MainWindow
from app.sign_in.checks import Entries
from app.tasks import describe

log = logging.getLogger(__name__)

#: A large page's modules on the way to it, none of which takes long.
_TOWARDS = {
    "trade": (
        "app.chart.series", "app.chart.indicators", "app.chart.scene", "app.chart.widget", "app.chart.panel",
        "app.chart.workspace", "app.trade.table_view", "app.history.journal_panel", "app.trade.blotter",
        "app.trade.ticket_form", "app.trade.ticket", "app.trade.chart_trades",
    ),
}  # fmt: skip
#: The workspace has its places by then.
_TOUR_MS = 600


class Entry:
    """Leads from the start of the program into the workspace, and back to the sign-in page when asked."""

    def __init__(self, window: MainWindow, context: AppContext) -> None:
        self._window = window
        self._context = context
        self._onboarding: OnboardingPage | None = None
        window.sign_in.submitted.connect(lambda entries: context.tasks.start(self.sign_in(entries)))
        window.sign_in.offline_chosen.connect(lambda: context.tasks.start(self.go_on()))
        window.sign_in.show_cloud(context.agent.settings.cloud_url)

    async def begin(self) -> None:
        """Restores the last session; asks to sign in when there is none. No cloud, nothing to sign in to.

        Who worked here before goes on at once: the cloud may take its time to answer.
        """
        if not self._context.agent.settings.cloud_url:
            await self.go_on()
            return
        at_work = not self._computer_wants_onboarding() and await self._context.api.knows_user()
        if at_work:
            self.open_workspace()
        try:
            user = await self._context.api.restore()
        except ForexEliteError as error:
            log.info("The session could not be restored: %s", error.detail)
            await self._begin_without(error, at_work=at_work)
            return
        if user is None and at_work:
            self._context.toasts.warning("Your session is over. Sign in again in Settings.")
        elif user is None:
            self.ask_to_sign_in()
        elif not at_work:
            await self.go_on()
        elif await self._cloud_wants_onboarding():
            self.onboard()

    async def _begin_without(self, error: ForexEliteError, *, at_work: bool) -> None:
        """Goes on without a session that could not be restored, or asks to sign in where nobody worked here before."""
        unreachable = error.code is ErrorCode.SERVICE_UNAVAILABLE
        if at_work or (unreachable and self._context.ui.values.disclaimer_accepted):
            self._context.toasts.warning(error.detail)
            if not at_work:
                await self.go_on()
            return
        self.ask_to_sign_in()
        if unreachable:
            self._window.sign_in.show_error(error.detail)

    def ask_to_sign_in(self) -> None:
        """Shows the sign-in page, ready to type."""
        self._window.sign_in.set_busy(False)
        self._window.show_sign_in()

    async def sign_in(self, entries: Entries) -> None:
        """Signs in or creates the account; what is wrong is said under the form."""
        page, api = self._window.sign_in, self._context.api
        page.set_busy(True)
        try:
            if entries.creating:
                user: User = await api.sign_up(entries.email, entries.password, entries.name)
            else:
                user = await api.sign_in(entries.email, entries.password)
        except ForexEliteError as error:
            page.set_busy(False)
            page.show_error(describe(error), error.field or _field_of(error.code))
            return
        page.set_busy(False)
        page.clear_password()
        log.info("Signed in as user %s", user.id)
        await self.go_on()

    async def sign_out(self) -> None:
        """Ends the session; the terminal stays connected."""
        await self._context.api.sign_out()
        self.ask_to_sign_in()

    async def go_on(self) -> None:
        """Opens the workspace, or onboarding where something is still to be done."""
        if await self._cloud_wants_onboarding() or self._computer_wants_onboarding():
            self.onboard()
        else:
            self.open_workspace()

    def onboard(self) -> None:
        """Shows onboarding at its first open step."""
        if self._onboarding is None:
            self._onboarding = OnboardingPage(self._context)
            self._onboarding.finished.connect(self.open_workspace)
        self._window.show_full(self._onboarding)
        self._onboarding.begin()

    def onboard_bridge(self) -> None:
        """Shows the bridge step for the chosen terminal; the whole of onboarding when there is none."""
        self.onboard()
        install = self._context.agent.terminal.install
        if self._onboarding is not None and install is not None:
            self._onboarding.show_bridge(install)

    def open_workspace(self) -> None:
        """Shows the workspace at the page it was left on."""
        self._window.show_workspace()
        self._context.tasks.start(self._open_pages())

    async def _open_pages(self) -> None:
        """Opens the page that was left, and builds the Trade page, which watches prices for all others."""
        workspace = self._window.workspace
        modules = {entry.name: entry.module for entry in ENTRIES}
        for name in dict.fromkeys((self._context.ui.values.page, "trade")):
            await imported_in_turns(*_TOWARDS.get(name, ()), modules[name])
            await workspace.open_page(name)
        if not self._context.ui.values.toured:
            QTimer.singleShot(_TOUR_MS, self._window, self._show_tour)

    def _show_tour(self) -> None:
        """Shows the first tour, unless the trader has gone to another page already: it comes at the next start then."""
        values = self._context.ui.values
        if values.page == "trade" and not values.toured:
            self._context.ui.set("toured", True)
            show_coach(self._window)

    def _computer_wants_onboarding(self) -> bool:
        return not self._context.ui.values.disclaimer_accepted or self._context.agent.terminal.install is None

    async def _cloud_wants_onboarding(self) -> bool:
        """Asks the cloud; registers a terminal that was connected before this user signed in."""
        if self._context.api.user is None:
            return False
        try:
            status = await self._context.api.onboarding_status()
            if "disclaimer" not in status.missing:
                self._context.ui.set("disclaimer_accepted", True)
            account = self._context.agent.terminal.account
            known = self._context.ui.values.disclaimer_accepted and self._context.agent.terminal.connected
            if account is not None and known and not (status.onboarded and self._context.agent.cloud.paired):
                await register_account(self._context, account)
                return False
        except ForexEliteError as error:
            self._context.toasts.warning(error.detail)
            return False
        return not status.onboarded


def _field_of(code: ErrorCode) -> str | None:
    """Returns which field of the sign-in form an error is about."""
    return {
        ErrorCode.EMAIL_TAKEN: "email",
        ErrorCode.EMAIL_NOT_CONFIRMED: "email",
        ErrorCode.WEAK_PASSWORD: "password",
        ErrorCode.INVALID_CREDENTIALS: "password",
    }.get(code)
