"""The seam through which a broker's adapter tests credentials before they are saved."""

from dataclasses import dataclass
from typing import Protocol

from agent_core.protocol.onboarding import BrokerCredentials


@dataclass(frozen=True, slots=True)
class ProbedAccount:
    """What a broker said about an account.

    Attributes:
        account_number: The account the credentials open, as the broker writes it.
        broker_name: Name to show.
    """

    account_number: str
    broker_name: str


class BrokerProbe(Protocol):
    """Signs in once with the credentials given."""

    async def test(self, credentials: BrokerCredentials) -> ProbedAccount:
        """Returns the account the credentials open.

        Raises:
            ForexEliteError: INVALID_CREDENTIALS if the broker refused them, BROKER_UNAVAILABLE if it did not answer.
        """
        ...
