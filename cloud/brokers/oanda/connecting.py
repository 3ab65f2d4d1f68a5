"""From a stored connection to its adapter, and the test of a key before it is stored."""

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.onboarding import BrokerCredentials
from cloud.brokers.base import BrokerAccount
from cloud.brokers.oanda.adapter import OandaAdapter
from cloud.brokers.oanda.journal import OrderJournal
from cloud.brokers.oanda.sending import OrderSender
from cloud.onboarding.probes import ProbedAccount
from cloud.providers.oanda.account import OandaAccount
from cloud.providers.oanda.transport import OandaAccess, OandaRefusedError, OandaTransport, unavailable
from cloud.settings import CloudSettings
from cloud.vault import CredentialVault


class OandaConnector:
    """Makes adapters. The key is decrypted for one request and kept nowhere."""

    def __init__(
        self, settings: CloudSettings, transport: OandaTransport, vault: CredentialVault, journal: OrderJournal
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._vault = vault
        self._journal = journal

    def adapter(self, account: BrokerAccount) -> OandaAdapter:
        """The adapter of a connection; raises as `client`."""
        client = self.client(account)
        return OandaAdapter(account, client, OrderSender(client, self._journal))

    def client(self, account: BrokerAccount) -> OandaAccount:
        """The v20 account of a connection.

        Raises:
            ForexEliteError: BROKER_UNAVAILABLE, its credentials can't be read any more.
        """
        if account.credentials_encrypted is None or account.account_number is None:
            raise ForexEliteError(
                ErrorCode.BROKER_UNAVAILABLE, f"'{account.label}' has no API key. Connect the account again."
            )
        secrets = self._vault.decrypt(account.credentials_encrypted)
        access = self._access(account.account_type, secrets["api_key"])
        return OandaAccount(self._transport, access, account.account_number)

    async def test(self, credentials: BrokerCredentials) -> ProbedAccount:
        """Implements `BrokerProbe`: lists the key's accounts and reads the one meant.

        Raises:
            ForexEliteError: INVALID_CREDENTIALS, the key or the account is wrong; VALIDATION_ERROR, the account has to
                be named or can't be used; BROKER_UNAVAILABLE.
        """
        kind = "live" if credentials.account_type == "live" else "practice"
        access = self._access(credentials.account_type, _sendable(credentials))
        try:
            listed = (await self._transport.call(access, "GET", "/v3/accounts")).get("accounts")
        except OandaRefusedError as error:
            if error.status in (400, 401, 403):
                raise ForexEliteError(
                    ErrorCode.INVALID_CREDENTIALS,
                    f"OANDA refused this API key for {kind} accounts. Check it, and whether it is live or practice.",
                    field="credentials.api_key",
                ) from error
            raise unavailable(f"status {error.status}") from error
        if not isinstance(listed, list):
            raise unavailable("an answer that can't be read")
        accounts = {str(item.get("id")): item for item in listed if isinstance(item, dict)}
        number = _meant(list(accounts), credentials.account_number)
        if accounts[number].get("mt4AccountID") is not None:
            # OANDA forbids client extensions on these, and without them an order can't be found again.
            raise ForexEliteError(
                ErrorCode.VALIDATION_ERROR,
                f"{number} is a MetaTrader account. Connect a v20 account, or this one through MetaTrader.",
                field="credentials.account_number",
            )
        await OandaAccount(self._transport, access, number).summary()
        return ProbedAccount(number, "OANDA")

    def _access(self, account_type: str, api_key: str) -> OandaAccess:
        live = account_type == "live"
        return OandaAccess(self._settings.oanda_live_url if live else self._settings.oanda_practice_url, api_key)


def _sendable(credentials: BrokerCredentials) -> str:
    key = credentials.api_key.get_secret_value().strip() if credentials.api_key is not None else ""
    if not key or not key.isascii() or not key.isprintable():
        raise ForexEliteError(
            ErrorCode.INVALID_CREDENTIALS, "This is no API key of OANDA's. Copy it again.", field="credentials.api_key"
        )
    return key


def _meant(numbers: list[str], wanted: str | None) -> str:
    if wanted and wanted in numbers:
        return wanted
    if wanted:
        raise ForexEliteError(
            ErrorCode.INVALID_CREDENTIALS,
            f"This API key does not open account {wanted}. It opens: {', '.join(numbers) or 'none'}.",
            field="credentials.account_number",
        )
    if len(numbers) != 1:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR,
            f"Name the account: this API key opens {', '.join(numbers) or 'none'}.",
            field="credentials.account_number",
        )
    return numbers[0]
