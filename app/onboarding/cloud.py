"""What the cloud learns in onboarding: this computer, its trading account, the accepted disclaimer."""

import platform
from uuid import UUID

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.onboarding import BrokerCredentials, BrokerRequest, PreferencesRequest
from agent_core.terminal.models import Account
from app.context import AppContext

#: This computer was paired by somebody else, or the pairing was ended elsewhere.
_NOT_MY_AGENT = (ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN)


async def register_account(context: AppContext, account: Account) -> None:
    """Pairs this computer if it isn't yet, and saves the account as a broker connection.

    Raises:
        ForexEliteError: the cloud can't be reached or refused.
    """
    link = context.agent.cloud
    if link.paired and link.agent_id is not None:
        try:
            await context.api.save_broker(_broker(account, link.agent_id))
        except ForexEliteError as error:
            if error.code not in _NOT_MY_AGENT:
                raise
            await _pair_and_save(context, account)
    else:
        await _pair_and_save(context, account)
    await register_disclaimer(context)


async def _pair_and_save(context: AppContext, account: Account) -> None:
    answer = await context.api.pair_agent(platform.node() or "Trading computer")
    context.agent.cloud.pair(context.agent.settings.cloud_url, answer.agent_id, answer.pairing_key)
    await context.api.save_broker(_broker(account, answer.agent_id))


def _broker(account: Account, agent_id: UUID) -> BrokerRequest:
    kind = "Live" if account.live else "Demo"
    return BrokerRequest(
        type="MT5",
        label=f"{account.company or account.server} {account.login} ({kind})"[:120],
        credentials=BrokerCredentials(
            agent_id=agent_id,
            account_number=str(account.login),
            server=account.server,
            broker_name=account.company or account.server,
            account_type="live" if account.live else "demo",
        ),
    )


async def register_disclaimer(context: AppContext) -> None:
    """Saves the accepted disclaimer and the default risk.

    Raises:
        ForexEliteError: the cloud can't be reached or refused.
    """
    await context.api.save_preferences(
        PreferencesRequest(
            disclaimer_accepted=context.ui.values.disclaimer_accepted, risk_percent=context.ui.values.risk_percent
        )
    )
