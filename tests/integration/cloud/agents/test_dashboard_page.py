import re
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI

INLINE = re.compile(r"\son\w+=|<script>|<style|style=|javascript:", re.IGNORECASE)


async def test_the_page_and_its_files_are_served_under_a_strict_policy(client: httpx.AsyncClient) -> None:
    page = await client.get("/dashboard/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not INLINE.search(page.text)
    linked = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    imported = re.findall(r'from "\./([^"]+)"', await _text(client, "dashboard.js"))
    fonts = re.findall(r'url\("([^"]+)"\)', await _text(client, "dashboard.css"))
    assert (len(linked), len(imported), len(fonts)) == (3, 4, 2)
    for name in linked + imported + fonts:
        answer = await client.get(f"/dashboard/{name}")
        assert answer.status_code == 200, name
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


async def test_a_file_that_a_phone_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    path = "/dashboard/Inter-Regular.otf"
    first = await client.get(path)
    for tag in (first.headers["etag"], f"W/{first.headers['etag']}"):
        again = await client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    assert (await client.get(path, headers={"If-None-Match": '"of before"'})).content == first.content


async def test_text_from_the_api_is_never_taken_for_markup(client: httpx.AsyncClient) -> None:
    for name in ("dashboard.js", "api.js", "format.js", "messages.js", "tables.js"):
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", await _text(client, name))


async def test_the_page_asks_for_nothing_that_the_api_does_not_have(app: FastAPI, client: httpx.AsyncClient) -> None:
    paths = app.openapi()["paths"]
    calls = [
        *re.findall(r'api\.(get|post|delete)\((?:"|`)([^"`]+)', await _text(client, "dashboard.js")),
        *(("get", path) for path in re.findall(r'reader\("([^"]+)"', await _text(client, "dashboard.js"))),
        *(
            (verb.lower(), path)
            for verb, path in re.findall(r'send\("(\w+)", "([^"]+)"', await _text(client, "api.js"))
        ),
    ]
    assert len(calls) > 12
    for verb, path in calls:
        known = [
            template for template in paths
            if re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", re.escape(template)), f"/api/v1{path}")
        ]  # fmt: skip
        for choice in known or [path]:
            assert verb in paths.get(choice, {}) or "${verb}" in path, (verb, path)


class _Page(HTMLParser):
    """Notes what a screen reader has to go by."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.unlabelled: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found.append((tag, values))
        if tag in ("input", "select") and "label" not in self._open and "aria-label" not in values:
            self.unlabelled.append(str(values))
        if tag == "section" and not {"aria-label", "aria-labelledby"} & set(values):
            self.unlabelled.append(str(values))
        if tag not in ("meta", "link", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


async def test_the_page_can_be_used_without_seeing_it_and_on_a_phone(client: httpx.AsyncClient) -> None:
    page = _Page((await client.get("/dashboard/")).text)
    assert page.unlabelled == []
    tags = [tag for tag, _ in page.found]
    assert {"main", "header", "dialog", "h1", "h2", "noscript"} <= set(tags)
    ids = [values["id"] for _, values in page.found if "id" in values]
    assert len(ids) == len(set(ids))
    for _, values in page.found:
        assert values.get("aria-labelledby", ids[0]) in ids
    roles = {values.get("role") for _, values in page.found}
    assert {"alert", "status"} <= roles
    assert ("html", {"lang": "en"}) in page.found
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.found
    style = await _text(client, "dashboard.css")
    assert "min-height: 44px" in style.partition("@media (max-width: 640px)")[2]
    used = set(re.findall(r'byId\("([\w-]+)"\)', await _text(client, "dashboard.js")))
    assert used <= set(ids)


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
