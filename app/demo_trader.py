"""Signs the demo's trader in and connects the demo's terminal, so that the demo opens on a working desk."""

import logging
import secrets

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from app.context import AppContext
from app.onboarding.cloud import register_account

log = logging.getLogger(__name__)

EMAIL = "trader@demo.forexelite.example"
NAME = "Demo Trader"
_PASSWORD = "demo-password"  # noqa: S105  # name under which the made-up password is kept


async def prepare_demo_trader(context: AppContext) -> None:
    """Does what a trader does on the first day: account, disclaimer, terminal, bridge. Later days: only what is open.

    Raises:
        ForexEliteError: the local cloud or the terminal refuses.
    """
    agent = context.agent
    context.ui.set("disclaimer_accepted", True)
    if await context.api.restore() is None:
        await _sign_in(context)
    if agent.terminal.install is None:
        found = await agent.terminal.discover()
        if not found:
            raise ForexEliteError(ErrorCode.BROKER_UNAVAILABLE, "The demo's terminal is missing. Start the demo again.")
        install = found[0]
        if not install.running:
            await agent.ea.attach(install)
            await agent.ea.install_bridge()
        await agent.terminal.connect(install)
    elif not agent.terminal.connected:
        await agent.terminal.connect(agent.terminal.install)
    if agent.terminal.account is not None:
        await register_account(context, agent.terminal.account)


async def _sign_in(context: AppContext) -> None:
    credentials = context.agent.credentials
    password = credentials.get(_PASSWORD)
    if password is None:
        password = secrets.token_urlsafe(16)
        credentials.set(_PASSWORD, password)
        await context.api.sign_up(EMAIL, password, NAME)
    else:
        await context.api.sign_in(EMAIL, password)
