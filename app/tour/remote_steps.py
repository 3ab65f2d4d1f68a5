"""Steps done from elsewhere: another client with a sign-in of its own, over the cloud's public API."""

import asyncio
import time
from typing import Any

import httpx

from app.tour.ea_steps import deployment_of
from app.tour.guide import Guide
from app.tour.hands import settle
from app.tour.report import CheckFailedError

WAIT_SECONDS = 30.0


async def read_elsewhere(guide: Guide) -> None:
    """Reads account, positions and deployments as a phone would."""
    async with _elsewhere(guide) as phone:
        broker = (await _get(phone, "/onboarding/brokers"))[0]["id"]
        truth = (await guide.terminal.state())["account"]
        account = await _get(phone, f"/account?broker_connection_id={broker}")
        guide.check("Account number is the terminal's", account["account_number"] == str(truth["login"]), account)
        guide.check(
            "Balance is the terminal's", abs(float(account["balance"]) - truth["balance"]) < 0.01, account["balance"]
        )
        positions = await _get(phone, f"/positions?broker_connection_id={broker}")
        held = (await guide.terminal.state())["positions"]
        guide.check("Positions are the terminal's", abs(len(positions) - len(held)) <= 1, (positions, held))
        listed = await _until_listed(phone, str(deployment_of(guide).id), {"running"})
        guide.check("The deployment is running, as the cloud knows", listed["status"] == "running")
        guide.check("The cloud has its log", bool(await _get(phone, f"/deployments/{listed['id']}/logs")))


async def stop_elsewhere(guide: Guide) -> None:
    """Orders a stop; the terminal closes the chart."""
    deployment = deployment_of(guide)
    async with _elsewhere(guide) as phone:
        answer = await phone.post(f"/deployments/{deployment.id}/stop")
        guide.check("The cloud answers that it is stopped", answer.status_code == httpx.codes.OK, answer.text)
        guide.check("Status is stopped", answer.json()["status"] == "stopped", answer.text)
    await guide.until_terminal(
        "its chart is closed", lambda now: all(chart["expert"] != deployment.expert for chart in now["charts"])
    )
    await settle()
    guide.check("The window shows it stopped", deployment_of(guide).status == "stopped", deployment_of(guide).status)


class _elsewhere:  # noqa: N801  # reads as a place
    """A signed-in client that shares nothing with the window."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide
        url = guide.context.agent.settings.cloud_url
        self._http = httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=WAIT_SECONDS)

    async def __aenter__(self) -> httpx.AsyncClient:
        body = {"email": self._guide.email, "password": self._guide.password}
        answer = await self._http.post("/auth/login", json=body)
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self._http

    async def __aexit__(self, *_exc: object) -> None:
        await self._http.aclose()


async def _get(phone: httpx.AsyncClient, path: str) -> Any:
    answer = await phone.get(path)
    if answer.status_code != httpx.codes.OK:
        raise CheckFailedError(f"GET {path} answered {answer.status_code}: {answer.text}")
    return answer.json()


async def _until_listed(phone: httpx.AsyncClient, deployment_id: str, states: set[str]) -> dict[str, Any]:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for row in await _get(phone, "/deployments"):
            if row["id"] == deployment_id and row["status"] in states:
                found: dict[str, Any] = row
                return found
        await asyncio.sleep(0.3)
    raise CheckFailedError(f"The cloud does not list the deployment as {' or '.join(states)}.")
