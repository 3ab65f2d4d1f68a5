from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.onboarding import BrokerCredentials
from cloud.onboarding.probes import ProbedAccount
from cloud.services import Services

OANDA = {"type": "OANDA", "credentials": {"api_key": "secret-api-key", "account_number": "101-1"}, "label": "Practice"}


class ProbeOfAPracticeAccount:
    """A broker that knows one key."""

    async def test(self, credentials: BrokerCredentials) -> ProbedAccount:
        if credentials.api_key != SecretStr("secret-api-key"):
            raise ForexEliteError(ErrorCode.INVALID_CREDENTIALS, "OANDA refused this key.")
        return ProbedAccount("101-001-1", "OANDA")


async def test_the_gate(client: httpx.AsyncClient, trader: Any, onboarded: Any) -> None:
    before = await client.get("/api/v1/onboarding/status", headers=trader.headers)
    assert before.json() == {"onboarded": False, "missing": ["broker_connection", "disclaimer"]}
    refused = await client.get("/api/v1/positions", params={"broker_connection_id": "x"}, headers=trader.headers)
    assert refused.status_code in (400, 428)
    projects = await client.get("/api/v1/deployments", headers=trader.headers)
    assert projects.status_code == 428
    assert (projects.json()["code"], projects.json()["detail"]) == ("ONBOARDING_INCOMPLETE", "onboarding_required")
    after = await client.get("/api/v1/onboarding/status", headers=onboarded.headers)
    assert after.json() == {"onboarded": True, "missing": []}
    assert (await client.get("/api/v1/deployments", headers=onboarded.headers)).status_code == 200


async def test_an_agent_of_someone_else(client: httpx.AsyncClient, trader: Any, onboarded: Any) -> None:
    body = {
        "type": "MT5", "label": "L", "credentials": {"agent_id": str(onboarded.agent_id), "account_number": "1"},
    }  # fmt: skip
    answer = await client.put("/api/v1/onboarding/brokers", json=body, headers=trader.headers)
    assert (answer.status_code, answer.json()["field"]) == (404, "credentials.agent_id")


@pytest.mark.parametrize(("credentials", "field"), [
    ({"account_number": "1"}, "agent_id"),
    ({"agent_id": "own"}, "account_number"),
    ({"agent_id": "own", "account_number": ""}, "account_number"),
    ({"agent_id": "own", "account_number": "1", "api_key": "k"}, "api_key"),
])  # fmt: skip
async def test_incomplete_mt5_connections(
    client: httpx.AsyncClient, onboarded: Any, credentials: dict[str, str], field: str
) -> None:
    if "agent_id" in credentials:
        credentials = {**credentials, "agent_id": str(onboarded.agent_id)}
    body = {"type": "MT5", "credentials": credentials, "label": "L"}
    answer = await client.put("/api/v1/onboarding/brokers", json=body, headers=onboarded.headers)
    assert (answer.status_code, answer.json()["field"]) == (400, f"credentials.{field}")


async def test_the_same_account_again_updates_the_connection(client: httpx.AsyncClient, onboarded: Any) -> None:
    credentials = {"agent_id": str(onboarded.agent_id), "account_number": "1001", "server": "Demo"}
    body = {"type": "MT5", "credentials": credentials, "label": "New name"}
    answer = await client.put("/api/v1/onboarding/brokers", json=body, headers=onboarded.headers)
    assert answer.json() == {"broker_connection_id": str(onboarded.broker_connection_id)}
    listed = (await client.get("/api/v1/onboarding/brokers", headers=onboarded.headers)).json()
    assert [(row["label"], row["account_number"], row["type"]) for row in listed] == [("New name", "1001", "MT5")]


async def test_oanda_without_an_adapter(client: httpx.AsyncClient, trader: Any, services: Services) -> None:
    services.probes.pop("OANDA", None)
    answer = await client.put("/api/v1/onboarding/brokers", json=OANDA, headers=trader.headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "BROKER_UNAVAILABLE")


async def test_oanda_credentials_are_tested_and_encrypted(
    client: httpx.AsyncClient, trader: Any, services: Services
) -> None:
    services.probes["OANDA"] = ProbeOfAPracticeAccount()
    wrong = {**OANDA, "credentials": {"api_key": "other"}}
    refused = await client.put("/api/v1/onboarding/brokers", json=wrong, headers=trader.headers)
    assert refused.json()["code"] == "INVALID_CREDENTIALS"
    answer = await client.put("/api/v1/onboarding/brokers", json=OANDA, headers=trader.headers)
    assert answer.status_code == 200
    listed = await client.get("/api/v1/onboarding/brokers", headers=trader.headers)
    assert "secret-api-key" not in listed.text
    async with services.db.as_service() as connection:
        stored = await connection.fetchrow("select * from broker_connections where user_id = $1", trader.user_id)
    assert b"secret-api-key" not in stored["credentials_encrypted"]
    assert services.vault.decrypt(stored["credentials_encrypted"])["api_key"] == "secret-api-key"
    assert stored["account_number"] == "101-001-1"


async def test_preferences_keep_what_is_left_out(client: httpx.AsyncClient, trader: Any) -> None:
    async def put(**body: Any) -> httpx.Response:
        return await client.put("/api/v1/onboarding/preferences", json=body, headers=trader.headers)

    assert (await put(risk_percent=2.5)).json() == {"success": True}
    assert (await put(preferred_pairs=["eur_usd", "GBP/USD", "EURUSD"])).status_code == 200
    assert (await put(disclaimer_accepted=True)).status_code == 200
    saved = await client.get("/api/v1/onboarding/preferences", headers=trader.headers)
    assert saved.json() == {
        "risk_percent": "2.5", "disclaimer_accepted": True, "preferred_pairs": ["EURUSD", "GBPUSD"]
    }  # fmt: skip
    for broken, field in (({"risk_percent": 0}, "risk_percent"), ({"preferred_pairs": ["?"]}, "preferred_pairs")):
        answer = await put(**broken)
        assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_health(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json()["status"] == "ok"
    assert "forexelite_http_requests_total" in (await client.get("/metrics")).text
    missing = await client.get("/api/v1/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")
