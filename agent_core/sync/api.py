"""The user's HTTP client of the cloud. Every failure is a `ForexEliteError` with a sentence for the user."""

import contextlib
import json
from collections.abc import AsyncGenerator
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel, TypeAdapter, ValidationError

from agent_core.credentials import Credentials
from agent_core.protocol.agents import AgentInfo, Alert, PairAnswer, PairRequest
from agent_core.protocol.auth import SessionAnswer, User
from agent_core.protocol.deployments import Deployment
from agent_core.protocol.ea import (
    GenerateRequest,
    GenerationUsage,
    Project,
    ProjectCreated,
    ProjectRequest,
    RepairRequest,
    Version,
    VersionRequest,
)
from agent_core.protocol.errors import ErrorCode, ForexEliteError
from agent_core.protocol.onboarding import (
    BrokerConnection,
    BrokerCreated,
    BrokerRequest,
    OnboardingStatus,
    Preferences,
    PreferencesRequest,
)
from agent_core.protocol.trading import AccountAnswer, PositionAnswer
from agent_core.sync.generation import GenerationEvent, generation_events
from agent_core.sync.http import (
    API,
    SHORT,
    CloudError,
    Seconds,
    answer_of,
    json_of,
    new_client,
    patience,
    refusal,
    send,
    unreachable,
)
from agent_core.sync.session import UserSession

if TYPE_CHECKING:
    import httpx

_LIVE = patience(60.0)
#: A model may think for minutes; the stream itself sends something far more often.
_STREAM = patience(120.0)

_Model = TypeVar("_Model", bound=BaseModel)


class CloudApi:
    """Client of one cloud for one user."""

    def __init__(self, base_url: str, credentials: Credentials) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = UserSession(lambda: self._client, self.base_url, credentials)

    @cached_property
    def _client(self) -> "httpx.AsyncClient":
        return new_client(self.base_url)

    @property
    def user(self) -> User | None:
        """Who is signed in."""
        return self._session.user

    async def knows_user(self) -> bool:
        """Whether somebody is signed in since last time; `restore` finds out whether the cloud still thinks so."""
        return await self._session.is_kept()

    async def restore(self) -> User | None:
        """Signs in with the session kept last time; None when there is none, or it is over.

        Raises:
            ForexEliteError: the cloud can't be reached; the session is kept.
        """
        return await self._session.restore()

    async def sign_up(self, email: str, password: str, name: str) -> User:
        """Creates an account and signs in."""
        return await self._open("/auth/signup", {"email": email, "password": password, "name": name})

    async def sign_in(self, email: str, password: str) -> User:
        """Signs in."""
        return await self._open("/auth/login", {"email": email, "password": password})

    async def sign_out(self) -> None:
        """Forgets the session here, and revokes it at the cloud if that can be reached."""
        token = self._session.end()
        if token:
            with contextlib.suppress(CloudError):
                await send(self._client, "POST", "/auth/logout", body=json.dumps({"refresh_token": token}))

    async def onboarding_status(self) -> OnboardingStatus:
        """What is missing before the user may trade."""
        return await self._get("/onboarding/status", OnboardingStatus)

    async def brokers(self) -> list[BrokerConnection]:
        """The user's broker connections."""
        return await self._list("/onboarding/brokers", BrokerConnection)

    async def save_broker(self, request: BrokerRequest) -> UUID:
        """Adds or updates a broker connection."""
        body = request.model_dump(mode="json", exclude_none=True)
        if request.credentials.api_key is not None:
            body["credentials"]["api_key"] = request.credentials.api_key.get_secret_value()
        response = await self._send("PUT", "/onboarding/brokers", body=json.dumps(body))
        return answer_of(BrokerCreated, response).broker_connection_id

    async def preferences(self) -> Preferences:
        """The user's preferences."""
        return await self._get("/onboarding/preferences", Preferences)

    async def save_preferences(self, request: PreferencesRequest) -> None:
        """Changes preferences; what is left out keeps its value."""
        await self._send("PUT", "/onboarding/preferences", body=request.model_dump_json(exclude_unset=True))

    async def pair_agent(self, name: str) -> PairAnswer:
        """Adds an agent; its key is in the answer and nowhere else."""
        return await self._post("/agents/pair", PairRequest(agent_name=name), PairAnswer)

    async def agents(self) -> list[AgentInfo]:
        """The user's agents."""
        return await self._list("/agents", AgentInfo)

    async def projects(self) -> list[Project]:
        """The user's EA projects in the cloud."""
        return await self._list("/ea/projects", Project)

    async def create_project(self, name: str, *, project_id: UUID | None = None) -> UUID:
        """Adds a project; with the id it has on this computer, if it has one."""
        return (await self._post("/ea/projects", ProjectRequest(name=name, id=project_id), ProjectCreated)).project_id

    async def save_version(self, project_id: UUID, source: str, *, version_id: UUID | None = None) -> Version:
        """Keeps a source in the cloud."""
        request = VersionRequest(source_code=source, id=version_id)
        return await self._post(f"/ea/projects/{project_id}/versions", request, Version)

    def generate(self, request: GenerateRequest) -> AsyncGenerator[GenerationEvent, None]:
        """Has a model write an EA and yields the steps as they come, the saved version or its questions last.

        Raises:
            ForexEliteError: the cloud can't be reached, the model failed, or a budget is used up.
        """
        return self._generation("/ea/generate", request)

    def repair(self, version_id: UUID, request: RepairRequest) -> AsyncGenerator[GenerationEvent, None]:
        """Has a model repair a version that does not compile; yields and raises like `generate`."""
        return self._generation(f"/ea/versions/{version_id}/repair", request)

    async def generation_usage(self) -> GenerationUsage:
        """What the user's generations have used today."""
        return await self._get("/ea/usage", GenerationUsage)

    async def deployments(self) -> list[Deployment]:
        """The user's deployments as the cloud knows them."""
        return await self._list("/deployments", Deployment)

    async def positions(self, broker_id: UUID) -> list[PositionAnswer]:
        """Open positions of a broker connection, read now."""
        return await self._list("/positions", PositionAnswer, {"broker_connection_id": str(broker_id)})

    async def account(self, broker_id: UUID) -> AccountAnswer:
        """The account of a broker connection, read now."""
        return await self._get("/account", AccountAnswer, {"broker_connection_id": str(broker_id)})

    async def alerts(self) -> list[Alert]:
        """The newest alerts."""
        return await self._list("/alerts", Alert)

    async def aclose(self) -> None:
        """Closes the connections."""
        if "_client" in self.__dict__:
            await self._client.aclose()

    async def _generation(self, path: str, request: BaseModel) -> AsyncGenerator[GenerationEvent, None]:
        import httpx  # noqa: PLC0415  # as in `agent_core.sync.http`

        token = await self._session.token()
        body = request.model_dump_json(exclude_none=True)
        for attempt in (1, 2):
            headers = {**_bearer(token), "Accept": "text/event-stream", "Content-Type": "application/json"}
            try:
                async with self._client.stream(
                    "POST", f"{API}{path}", content=body, headers=headers, timeout=_STREAM
                ) as response:
                    if response.status_code == 401 and attempt == 1:
                        await response.aread()
                        await self._session.refresh(token)
                        token = await self._session.token()
                        continue
                    if response.status_code >= 400:
                        raise refusal(response.status_code, await response.aread(), response.headers)
                    async with contextlib.aclosing(generation_events(response)) as events:
                        async for event in events:
                            yield event
                    return
            except httpx.HTTPError as error:
                raise unreachable(error) from error

    async def _open(self, path: str, body: dict[str, str]) -> User:
        response = await send(self._client, "POST", path, body=json.dumps(body))
        return self._session.begin(answer_of(SessionAnswer, response))

    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        timeout: Seconds = SHORT,
    ) -> "httpx.Response":
        """Sends a request as the user; an access token that has run out is replaced once."""
        token = await self._session.token()
        for attempt in (1, 2):
            sent = {**(headers or {}), **_bearer(token)}
            try:
                return await send(self._client, method, path, body=body, params=params, headers=sent, timeout=timeout)
            except CloudError as error:
                if error.status != 401 or attempt == 2:
                    raise
            await self._session.refresh(token)
            token = await self._session.token()
        raise ForexEliteError(ErrorCode.INVALID_JWT, "Your session is over. Sign in again.")

    async def _post(self, path: str, request: BaseModel, answer: type[_Model]) -> _Model:
        headers = {"Idempotency-Key": str(uuid4())}
        body = request.model_dump_json(exclude_none=True)
        return answer_of(answer, await self._send("POST", path, body=body, headers=headers))

    async def _get(self, path: str, answer: type[_Model], params: dict[str, str] | None = None) -> _Model:
        return answer_of(answer, await self._send("GET", path, params=params, timeout=_LIVE))

    async def _list(self, path: str, answer: type[_Model], params: dict[str, str] | None = None) -> list[_Model]:
        """Reads a list to its end, page by page."""
        found: list[_Model] = []
        query = dict(params or {})
        while True:
            response = await self._send("GET", path, params=query, timeout=_LIVE)
            try:
                found += TypeAdapter(list[answer]).validate_python(json_of(response))  # type: ignore[valid-type]
            except ValidationError as error:
                raise CloudError(
                    ErrorCode.SERVICE_UNAVAILABLE, "The cloud's answer can't be read. Update ForexElite Pro."
                ) from error
            cursor = response.headers.get("x-next-cursor")
            if not cursor:
                return found
            query["cursor"] = cursor


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
