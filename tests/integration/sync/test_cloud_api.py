"""The user's client against a cloud on a real socket."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from keyring.backends.null import Keyring

from agent_core.credentials import Credentials
from agent_core.protocol.ea import GenerateRequest
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.onboarding import BrokerCredentials, BrokerRequest, PreferencesRequest
from agent_core.sync.api import CloudApi

USER = {"id": str(uuid4()), "email": "a@b.example", "name": "Ä"}


class Users:
    """Sign-in as the cloud does it: tokens count up; refresh tokens are good once."""

    def __init__(self, cloud: Any, say: Any, refuse: Any) -> None:
        self.say, self.refuse = say, refuse
        self.number = 0
        self.expires_in = 3600
        cloud.on("POST", "/auth/login")(self.login)
        cloud.on("POST", "/auth/signup")(self.login)
        cloud.on("POST", "/auth/refresh")(self.refresh)
        cloud.on("POST", "/auth/logout")(self.logout)

    def session(self) -> Any:
        self.number += 1
        return self.say(
            body={
                "access_token": f"access-{self.number}",
                "refresh_token": f"refresh-{self.number}",
                "expires_in": self.expires_in,
                "user": USER,
            }
        )

    async def login(self, request: Any) -> Any:
        if request.json()["password"] != "right one":
            return self.refuse(401, "INVALID_CREDENTIALS", "Wrong e-mail or password.")
        return self.session()

    async def refresh(self, request: Any) -> Any:
        if request.json()["refresh_token"] != f"refresh-{self.number}":
            return self.refuse(401, "REFRESH_TOKEN_INVALID")
        return self.session()

    async def logout(self, request: Any) -> Any:
        return self.say(status=204)

    def knows(self, request: Any) -> bool:
        return bool(request.headers.get("authorization") == f"Bearer access-{self.number}")


@pytest.fixture
def users(cloud: Any, say: Any, refuse: Any) -> Users:
    return Users(cloud, say, refuse)


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return Credentials(tmp_path / "dätä", Keyring())


@pytest.fixture
async def api(cloud: Any, users: Users, credentials: Credentials) -> AsyncIterator[CloudApi]:
    api = CloudApi(cloud.url + "/", credentials)
    yield api
    await api.aclose()


async def test_sign_in_and_out(api: CloudApi, cloud: Any, credentials: Credentials) -> None:
    with pytest.raises(ForexEliteError, match="Wrong e-mail") as refused:
        await api.sign_in("a@b.example", "wrong")
    assert refused.value.code is ErrorCode.INVALID_CREDENTIALS
    assert api.user is None
    with pytest.raises(ForexEliteError, match="not signed in"):
        await api.agents()
    user = await api.sign_in("a@b.example", "right one")
    assert (user.name, api.user) == ("Ä", user)
    assert "access-" not in (credentials.get("cloud_session") or "")
    await api.sign_out()
    assert (api.user, credentials.get("cloud_session")) == (None, None)
    assert cloud.seen("/auth/logout")[0].json() == {"refresh_token": "refresh-1"}


async def test_a_session_is_restored(api: CloudApi, cloud: Any, credentials: Credentials, users: Users) -> None:
    assert await api.restore() is None
    await api.sign_up("a@b.example", "right one", "Ä")
    again = CloudApi(cloud.url, credentials)
    user = await again.restore()
    assert user is not None
    assert user.email == USER["email"]
    await again.aclose()
    used = CloudApi(cloud.url, credentials)
    users.number += 1
    assert await used.restore() is None
    assert credentials.get("cloud_session") is None
    await used.aclose()
    elsewhere = CloudApi("http://127.0.0.1:9", credentials)
    assert await elsewhere.restore() is None
    await elsewhere.aclose()


async def test_a_session_is_kept_while_the_cloud_is_away(api: CloudApi, cloud: Any, credentials: Credentials) -> None:
    await api.sign_in("a@b.example", "right one")
    await cloud.stop()
    again = CloudApi(cloud.url, credentials)
    with pytest.raises(ForexEliteError, match="can't be reached") as refused:
        await again.restore()
    assert refused.value.code is ErrorCode.SERVICE_UNAVAILABLE
    assert credentials.get("cloud_session") is not None
    await again.aclose()


async def test_a_token_that_ran_out_is_replaced_once(api: CloudApi, cloud: Any, users: Users, say: Any) -> None:
    @cloud.on("GET", "/onboarding/status")
    async def status(request: Any) -> Any:
        if not users.knows(request):
            return users.refuse(401, "INVALID_JWT", "Sign in.")
        return say(body={"onboarded": False, "missing": ["disclaimer"]})

    await api.sign_in("a@b.example", "right one")
    users.number = 7
    users.session()
    with pytest.raises(ForexEliteError, match="session is over"):
        await api.onboarding_status()
    assert api.user is None
    await api.sign_in("a@b.example", "right one")
    assert (await api.onboarding_status()).missing == ["disclaimer"]
    users.expires_in = 0
    await api.sign_in("a@b.example", "right one")
    before = users.number
    assert not (await api.onboarding_status()).onboarded
    assert users.number == before + 1


async def test_bodies_carry_secrets_and_leave_out_what_is_not_said(api: CloudApi, cloud: Any, say: Any) -> None:
    broker_id = uuid4()

    @cloud.on("PUT", "/onboarding/brokers")
    async def brokers(request: Any) -> Any:
        return say(body={"broker_connection_id": str(broker_id)})

    @cloud.on("PUT", "/onboarding/preferences")
    async def preferences(request: Any) -> Any:
        return say(body={"success": True})

    await api.sign_in("a@b.example", "right one")
    credentials = BrokerCredentials.model_validate({"api_key": "sesame", "account_number": "101-1"})
    assert await api.save_broker(BrokerRequest(type="OANDA", credentials=credentials, label="Ö")) == broker_id
    sent = cloud.seen("/onboarding/brokers")[0].json()
    assert sent["credentials"] == {"api_key": "sesame", "account_number": "101-1", "account_type": "demo"}
    await api.save_preferences(PreferencesRequest(disclaimer_accepted=True))
    assert cloud.seen("/onboarding/preferences")[0].json() == {"disclaimer_accepted": True}


async def test_lists_are_read_to_their_end(api: CloudApi, cloud: Any, say: Any) -> None:
    def row(name: str) -> dict[str, Any]:
        return {"id": str(uuid4()), "name": name, "strategy_id": None, "created_at": "2026-03-04T05:06:07Z"}

    @cloud.on("GET", "/ea/projects")
    async def projects(request: Any) -> Any:
        if "cursor=next" in request.query:
            return say(body=[row("c")])
        return say(body=[row("a"), row("b")], headers={"X-Next-Cursor": "next"})

    await api.sign_in("a@b.example", "right one")
    assert [found.name for found in await api.projects()] == ["a", "b", "c"]


async def test_what_is_not_the_cloud_is_said(api: CloudApi, cloud: Any, say: Any) -> None:
    @cloud.on("GET", "/agents")
    async def agents(request: Any) -> Any:
        return say(body=b"<html>hotel wifi</html>")

    @cloud.on("GET", "/alerts")
    async def alerts(request: Any) -> Any:
        return say(status=502, body=b"<html>")

    await api.sign_in("a@b.example", "right one")
    with pytest.raises(ForexEliteError, match="Something other than the cloud"):
        await api.agents()
    with pytest.raises(ForexEliteError, match="status 502") as refused:
        await api.alerts()
    assert refused.value.code is ErrorCode.SERVICE_UNAVAILABLE


def sse(*events: tuple[str, Any]) -> bytes:
    frames = [f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events]
    return (": keep-alive\n\n" + "".join(frames)).encode()


VERSION = {"version_id": str(uuid4()), "version_number": 2, "source_code": "int ü;", "diagnostics": []}
REQUEST = GenerateRequest(project_id=uuid4(), strategy_description="Buy when it rises, sell when it falls.")


async def test_a_generation_streams(api: CloudApi, cloud: Any, say: Any) -> None:
    finding = {"line": 1, "column": 2, "severity": "error", "code": 5, "message": "no"}

    @cloud.on("POST", "/ea/generate")
    async def generate(request: Any) -> Any:
        events = [
            ("thinking", {"text": "hm"}), ("code", {"text": "int"}), ("check", {"diagnostics": [finding]}),
            ("repair", {"text": "ü"}), ("news", {}), ("version", VERSION),
        ]  # fmt: skip
        return say(body=sse(*events), headers={"Content-Type": "text/event-stream"})

    await api.sign_in("a@b.example", "right one")
    events = [event async for event in api.generate(REQUEST)]
    assert [event.kind for event in events] == ["thinking", "code", "check", "repair", "version"]
    assert events[2].diagnostics[0].line == 1
    assert events[4].answer is not None
    assert events[4].answer.source_code == "int ü;"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (sse(("problem", {"type": "t", "title": "t", "status": 503, "detail": "Busy.", "code": "GENERATION_BUSY"})),
         ErrorCode.GENERATION_BUSY),
        (sse(("thinking", {"text": "hm"})), ErrorCode.GENERATION_FAILED),
        (b"event: version\ndata: {\n\n", ErrorCode.GENERATION_FAILED),
        (b"event: check\ndata: {}\n\n", ErrorCode.GENERATION_FAILED),
    ],
)  # fmt: skip
async def test_a_generation_that_ends_badly(api: CloudApi, cloud: Any, say: Any, body: bytes, code: ErrorCode) -> None:
    @cloud.on("POST", "/ea/generate")
    async def generate(request: Any) -> Any:
        return say(body=body)

    await api.sign_in("a@b.example", "right one")
    with pytest.raises(ForexEliteError) as refused:
        [event async for event in api.generate(REQUEST)]
    assert refused.value.code is code


async def test_a_generation_refused_before_it_begins(api: CloudApi, cloud: Any, refuse: Any) -> None:
    @cloud.on("POST", "/ea/generate")
    async def generate(request: Any) -> Any:
        return refuse(403, "GENERATION_BUDGET", "The month's budget is used up.")

    await api.sign_in("a@b.example", "right one")
    with pytest.raises(ForexEliteError, match="budget is used up"):
        [event async for event in api.generate(REQUEST)]
