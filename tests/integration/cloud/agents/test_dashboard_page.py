import re

import httpx
import pytest

INLINE = re.compile(r"\son\w+=|<script>|<style|style=|javascript:", re.IGNORECASE)


async def test_the_page_and_its_files_are_served_under_a_strict_policy(client: httpx.AsyncClient) -> None:
    page = await client.get("/dashboard/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not INLINE.search(page.text)
    linked = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    imported = re.findall(r'from "\./([^"]+)"', await _text(client, "dashboard.js"))
    fonts = re.findall(r'url\("([^"]+)"\)', await _text(client, "dashboard.css"))
    assert (len(linked), len(imported), len(fonts)) == (3, 2, 2)
    for name in linked + imported + fonts:
        answer = await client.get(f"/dashboard/{name}")
        assert answer.status_code == 200, name
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


async def test_text_from_the_api_is_never_taken_for_markup(client: httpx.AsyncClient) -> None:
    for name in ("dashboard.js", "api.js", "format.js"):
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", await _text(client, name))


@pytest.mark.parametrize("path", ["/", "/dashboard"])
async def test_short_addresses_lead_there(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (307, "/dashboard/")


async def test_other_files_are_not_served(client: httpx.AsyncClient) -> None:
    for name in ("..%2F__init__.py", "secrets.txt", "%2e%2e"):
        answer = await client.get(f"/dashboard/{name}")
        assert answer.status_code == 404, name


async def _text(client: httpx.AsyncClient, name: str) -> str:
    return (await client.get(f"/dashboard/{name}")).text
