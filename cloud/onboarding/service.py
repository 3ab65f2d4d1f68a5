"""Connecting brokers, preferences, and whether a user may trade yet."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.instruments import canonical_instrument
from agent_core.protocol.onboarding import (
    BrokerConnection,
    BrokerCredentials,
    BrokerRequest,
    OnboardingStatus,
    Preferences,
    PreferencesRequest,
)
from cloud.auth.claims import Claims
from cloud.db.pool import Database
from cloud.onboarding import repository
from cloud.onboarding.probes import BrokerProbe
from cloud.vault import CredentialVault

_T = TypeVar("_T")


async def status(db: Database, user: Claims) -> OnboardingStatus:
    """What is missing before the user may trade."""
    async with db.as_user(user) as connection:
        connected, accepted = await repository.onboarding_facts(connection, user.user_id)
    missing = [name for name, done in (("broker_connection", connected), ("disclaimer", accepted)) if not done]
    return OnboardingStatus(onboarded=not missing, missing=missing)


async def brokers(db: Database, user: Claims) -> list[BrokerConnection]:
    """The user's broker connections."""
    async with db.as_user(user) as connection:
        return await repository.broker_connections(connection, user.user_id)


async def connect_broker(
    db: Database, vault: CredentialVault, probes: Mapping[str, BrokerProbe], user: Claims, request: BrokerRequest
) -> UUID:
    """Saves a connection whose credentials have proved to work.

    Raises:
        ForexEliteError: VALIDATION_ERROR for missing members, NOT_FOUND for someone else's agent,
            INVALID_CREDENTIALS or BROKER_UNAVAILABLE from the broker.
    """
    if request.type == "MT5":
        values = await _mt5_values(db, user, request.credentials)
    else:
        values = await _tested_values(vault, probes.get(request.type), request)
    # The encrypted column is closed to users, so the service writes; the user id comes from the token alone.
    async with db.as_service() as connection:
        return await repository.save_connection(
            connection, user.user_id, {**values, "type": request.type, "label": request.label}
        )


async def disconnect_broker(db: Database, user: Claims, connection_id: UUID) -> None:
    """Switches a connection off and forgets its credentials; connecting the account again switches it on.

    Raises:
        ForexEliteError: NOT_FOUND.
    """
    async with db.as_service() as connection:
        if not await repository.disconnect(connection, user.user_id, connection_id):
            raise ForexEliteError(ErrorCode.NOT_FOUND, "There is no such broker connection.")


async def _mt5_values(db: Database, user: Claims, credentials: BrokerCredentials) -> dict[str, Any]:
    """An MT5 account is reached through the user's own agent, which holds the login; no password comes here."""
    agent_id = _required(credentials.agent_id, "agent_id", "Pair your desktop first")
    account_number = _required(credentials.account_number, "account_number", "Give the number of the MT5 account")
    if credentials.api_key is not None:
        raise ForexEliteError(
            ErrorCode.VALIDATION_ERROR,
            "An MT5 connection takes no api_key: the login stays in the terminal.",
            field="credentials.api_key",
        )
    async with db.as_user(user) as connection:
        if not await repository.agent_is_own(connection, user.user_id, agent_id):
            raise ForexEliteError(
                ErrorCode.NOT_FOUND, "This agent is not one of yours. Pair it first.", field="credentials.agent_id"
            )
    return {
        "agent_id": agent_id,
        "broker_name": credentials.broker_name,
        "account_number": account_number,
        "server": credentials.server or "",
        "account_type": credentials.account_type,
        "credentials_encrypted": None,
    }


async def _tested_values(vault: CredentialVault, probe: BrokerProbe | None, request: BrokerRequest) -> dict[str, Any]:
    credentials = request.credentials
    api_key = _required(credentials.api_key, "api_key", f"Give the API key of your {request.type} account")
    if probe is None:
        raise ForexEliteError(
            ErrorCode.BROKER_UNAVAILABLE,
            f"{request.type} accounts can't be connected on this server. Connect an MT5 account instead.",
        )
    account = await probe.test(credentials)
    secrets = {"api_key": api_key.get_secret_value(), "account_number": account.account_number}
    return {
        "agent_id": None,
        "broker_name": credentials.broker_name or account.broker_name,
        "account_number": account.account_number,
        "server": "",  # it is MetaTrader's; with one, the same account would be here twice
        "account_type": credentials.account_type,
        "credentials_encrypted": vault.encrypt(secrets),
    }


def _required(value: _T | None, name: str, advice: str) -> _T:
    if value is None or value == "":
        raise ForexEliteError(ErrorCode.VALIDATION_ERROR, f"{name} is missing. {advice}.", field=f"credentials.{name}")
    return value


async def preferences(db: Database, user: Claims) -> Preferences:
    """The user's preferences."""
    async with db.as_user(user) as connection:
        saved = await repository.preferences(connection, user.user_id)
    return saved or Preferences(risk_percent=1, disclaimer_accepted=False, preferred_pairs=[])


async def save_preferences(db: Database, user: Claims, request: PreferencesRequest) -> None:
    """Changes preferences; instrument names are stored in their canonical form.

    Raises:
        ForexEliteError: VALIDATION_ERROR for a pair that is no instrument name.
    """
    if request.preferred_pairs is not None:
        try:
            pairs = list(dict.fromkeys(canonical_instrument(pair) for pair in request.preferred_pairs))
        except ValueError as error:
            raise ForexEliteError(ErrorCode.VALIDATION_ERROR, str(error), field="preferred_pairs") from error
        request = request.model_copy(update={"preferred_pairs": pairs})
    async with db.as_user(user) as connection:
        await repository.save_preferences(connection, user.user_id, request)
