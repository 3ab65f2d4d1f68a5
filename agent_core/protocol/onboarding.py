"""Bodies of `/api/v1/onboarding`."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field, SecretStr

from agent_core.protocol.base import AnswerModel, Name, WireModel

BrokerType = Literal["MT5", "OANDA"]
AccountType = Literal["demo", "live"]


class BrokerCredentials(WireModel):
    """What identifies an account at a broker.

    For MT5: `agent_id`, `account_number`, `server`, `broker_name`, `account_type`; no password is ever sent.
    For OANDA: `api_key`, `account_number` and `account_type` (practice = demo).
    """

    agent_id: UUID | None = None
    account_number: str | None = Field(default=None, max_length=64)
    server: str | None = Field(default=None, max_length=120)
    broker_name: str | None = Field(default=None, max_length=120)
    account_type: AccountType = "demo"
    api_key: SecretStr | None = None


class BrokerRequest(WireModel):
    """`PUT /onboarding/brokers`. The same (type, account_number, server) again updates the connection."""

    type: BrokerType
    credentials: BrokerCredentials
    label: Name


class BrokerCreated(AnswerModel):
    """Answer of `PUT /onboarding/brokers`."""

    broker_connection_id: UUID


class BrokerConnection(AnswerModel):
    """A row of `GET /onboarding/brokers`."""

    id: UUID
    type: BrokerType
    agent_id: UUID | None
    broker_name: str | None
    account_number: str | None
    account_type: AccountType
    label: str
    is_active: bool
    created_at: datetime


class PreferencesRequest(WireModel):
    """`PUT /onboarding/preferences`. What is left out keeps its value."""

    risk_percent: Decimal | None = Field(default=None, gt=0, le=100)
    disclaimer_accepted: bool | None = None
    preferred_pairs: list[str] | None = Field(default=None, max_length=100)


class Preferences(AnswerModel):
    """`GET /onboarding/preferences`."""

    risk_percent: Decimal
    disclaimer_accepted: bool
    preferred_pairs: list[str]


class OnboardingStatus(AnswerModel):
    """`GET /onboarding/status`. `missing` holds of {"broker_connection", "disclaimer"}."""

    onboarded: bool
    missing: list[str]


class Success(AnswerModel):
    """`{"success": true}`."""

    success: bool = True
