"""The Storage stand-in against the supabase package's own client, over a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from storage3 import AsyncStorageClient
from storage3.exceptions import StorageApiError

BUCKET = "ea-artifacts"


def _storage(backend: Any, http: httpx.AsyncClient, token: str) -> AsyncStorageClient:
    headers = {"apikey": backend.anon_key, "Authorization": f"Bearer {token}"}
    return AsyncStorageClient(f"{backend.supabase_url}/storage/v1/", headers=headers, http_client=http)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def service(backend: Any, http: httpx.AsyncClient) -> AsyncStorageClient:
    headers = {"apikey": backend.service_key, "Authorization": f"Bearer {backend.service_key}"}
    return AsyncStorageClient(f"{backend.supabase_url}/storage/v1/", headers=headers, http_client=http)


@pytest.fixture
def mine(backend: Any, http: httpx.AsyncClient, trader: Any) -> Any:
    return _storage(backend, http, trader.session.access_token).from_(BUCKET)


@pytest.fixture
async def theirs(backend: Any, http: httpx.AsyncClient, sign_up: Any) -> Any:
    other = await sign_up()
    return _storage(backend, http, other.session.access_token).from_(BUCKET)


async def test_upload_download_info_and_delete(mine: Any, trader: Any, tmp_path: Path) -> None:
    path = f"{trader.user_id}/v1/My EA (1).mq5"
    uploaded = await mine.upload(path, b"void OnTick(){}", {"content-type": "text/x-mql5", "metadata": {"n": 1}})
    assert uploaded.full_path == f"{BUCKET}/{path}"
    assert await mine.download(path) == b"void OnTick(){}"
    info = await mine.info(path)
    assert (info["size"], info["content_type"], info["metadata"]) == (15, "text/x-mql5", {"n": 1})
    assert await mine.exists(path)
    file = tmp_path / "größer 2.bin"
    file.write_bytes(b"x" * 300_000)
    await mine.update(path, file)
    assert len(await mine.download(path)) == 300_000
    removed = await mine.remove([path])
    assert [entry["name"] for entry in removed] == [path]
    assert not await mine.exists(path)


async def test_a_name_can_be_taken_once_unless_upserted(mine: Any, trader: Any) -> None:
    path = f"{trader.user_id}/v1/a.mq5"
    await mine.upload(path, b"1")
    with pytest.raises(StorageApiError) as taken:
        await mine.upload(path, b"2")
    assert (taken.value.status, taken.value.code) == ("409", "Duplicate")
    assert await mine.download(path) == b"1"
    await mine.upload(path, b"3", {"upsert": "true"})
    assert await mine.download(path) == b"3"


async def test_missing_objects_and_buckets(mine: Any, trader: Any, service: AsyncStorageClient) -> None:
    path = f"{trader.user_id}/none.mq5"
    for call in (mine.download(path), mine.create_signed_url(path, 60), mine.move(path, path + "2")):
        with pytest.raises(StorageApiError) as missing:
            await call
        assert (missing.value.status, missing.value.code) == ("404", "not_found")
        assert missing.value.message == "Object not found"
    with pytest.raises(StorageApiError) as bucket:
        await service.from_("nowhere").upload("a", b"1")
    assert (bucket.value.status, bucket.value.code) == ("404", "Bucket not found")
    assert await mine.remove([path]) == []


async def test_errors_are_http_400_with_the_status_in_the_body(backend: Any, trader: Any) -> None:
    headers = {"apikey": backend.anon_key, **trader.headers}
    async with httpx.AsyncClient(base_url=backend.supabase_url, headers=headers) as http:
        answer = await http.get(f"/storage/v1/object/{BUCKET}/{trader.user_id}/none")
    assert answer.status_code == 400
    assert answer.json() == {
        "statusCode": "404", "code": "NoSuchKey", "error": "not_found", "message": "Object not found"
    }  # fmt: skip


async def test_foreign_objects_do_not_exist(mine: Any, theirs: Any, trader: Any) -> None:
    path = f"{trader.user_id}/v1/secret.ex5"
    await mine.upload(path, b"mine")
    with pytest.raises(StorageApiError) as read:
        await theirs.download(path)
    assert read.value.status == "404"
    with pytest.raises(StorageApiError) as signed:
        await theirs.create_signed_url(path, 60)
    assert signed.value.status == "404"
    for write in (theirs.upload(f"{trader.user_id}/v1/x", b"1"), theirs.upload(path, b"1", {"upsert": "true"}),
                  theirs.create_signed_upload_url(f"{trader.user_id}/v1/y")):  # fmt: skip
        with pytest.raises(StorageApiError) as refused:
            await write
        assert (refused.value.status, refused.value.code) == ("403", "Unauthorized")
    with pytest.raises(StorageApiError) as update:
        await theirs.update(path, b"theirs")
    assert update.value.status == "404"
    assert await theirs.list(str(trader.user_id)) == []
    assert await theirs.remove([path]) == []
    assert await mine.download(path) == b"mine"


async def test_signed_downloads(mine: Any, trader: Any, http: httpx.AsyncClient) -> None:
    path = f"{trader.user_id}/v1/signed file.ex5"
    await mine.upload(path, b"ex5", {"content-type": "application/octet-stream"})
    url = (await mine.create_signed_url(path, 60, {"download": "a.ex5"}))["signedUrl"]
    answer = await http.get(url)
    assert (answer.status_code, answer.content) == (200, b"ex5")
    assert 'filename="a.ex5"' in answer.headers["content-disposition"]
    other = await http.get(url.replace("signed%20file", "other"))
    assert other.json()["error"] == "InvalidSignature"
    broken = await http.get(url.replace("token=", "token=x"))
    assert broken.json()["error"] == "InvalidJWT"
    many = await mine.create_signed_urls([path, f"{trader.user_id}/none"], 60)
    assert (await http.get(many[0]["signedUrl"])).content == b"ex5"
    assert many[1]["signedUrl"] is None
    assert many[1]["error"]


async def test_signed_uploads(mine: Any, trader: Any) -> None:
    path = f"{trader.user_id}/v1/up.ex5"
    signed = await mine.create_signed_upload_url(path)
    await mine.upload_to_signed_url(path, signed["token"], b"bytes")
    assert await mine.download(path) == b"bytes"
    with pytest.raises(StorageApiError) as taken:
        await mine.upload_to_signed_url(path, signed["token"], b"other")
    assert taken.value.code == "Duplicate"
    download = (await mine.create_signed_url(path, 60))["signedUrl"].partition("token=")[2]
    with pytest.raises(StorageApiError) as wrong_kind:
        await mine.upload_to_signed_url(path, download, b"other")
    assert wrong_kind.value.code == "InvalidSignature"


async def test_list_shows_one_level(mine: Any, trader: Any) -> None:
    user = str(trader.user_id)
    for name in ("b.mq5", "a.mq5", "v1/x.ex5", "v2/y.ex5"):
        await mine.upload(f"{user}/{name}", b"1")
    entries = await mine.list(user)
    assert [(entry["name"], entry["id"] is None) for entry in entries] == [
        ("v1", True), ("v2", True), ("a.mq5", False), ("b.mq5", False)
    ]  # fmt: skip
    assert [entry["name"] for entry in await mine.list(user, {"limit": 1, "offset": 2})] == ["a.mq5"]
    assert [entry["name"] for entry in await mine.list(user, {"search": "b"})] == ["b.mq5"]


async def test_move_and_copy(mine: Any, trader: Any) -> None:
    user = str(trader.user_id)
    await mine.upload(f"{user}/a", b"1")
    await mine.copy(f"{user}/a", f"{user}/b")
    await mine.move(f"{user}/a", f"{user}/c")
    assert [entry["name"] for entry in await mine.list(user)] == ["b", "c"]
    assert await mine.download(f"{user}/b") == await mine.download(f"{user}/c") == b"1"
    with pytest.raises(StorageApiError) as taken:
        await mine.copy(f"{user}/b", f"{user}/c")
    assert taken.value.status == "409"


@pytest.mark.parametrize("key", ["ü.mq5", "a\\b", "a#b"])
async def test_keys_are_plain_ascii(mine: Any, trader: Any, key: str) -> None:
    with pytest.raises(StorageApiError) as refused:
        await mine.upload(f"{trader.user_id}/{key}", b"1")
    assert (refused.value.status, refused.value.code) == ("400", "InvalidKey")


async def test_buckets_belong_to_the_service(backend: Any, service: AsyncStorageClient, trader: Any, http: Any) -> None:
    name = f"bucket-{uuid4().hex[:8]}"
    await service.create_bucket(name, options={"public": True, "file_size_limit": 10, "allowed_mime_types": ["text/*"]})
    with pytest.raises(StorageApiError):
        await service.create_bucket(name)
    found = await service.get_bucket(name)
    assert (found.public, found.file_size_limit) == (True, 10)
    assert name in {bucket.id for bucket in await service.list_buckets()}
    bucket = service.from_(name)
    for data, kind, code in ((b"x" * 11, "text/plain", "Payload too large"), (b"x", "image/png", "invalid_mime_type")):
        with pytest.raises(StorageApiError) as refused:
            await bucket.upload("a", data, {"content-type": kind})
        assert refused.value.code == code
    await bucket.upload("a", b"12")
    assert (await http.get(await bucket.get_public_url("a"))).content == b"12"
    with pytest.raises(StorageApiError):
        await service.delete_bucket(name)
    await service.update_bucket(name, {"public": False})
    assert (await http.get(await bucket.get_public_url("a"))).status_code == 400
    await service.empty_bucket(name)
    await service.delete_bucket(name)
    with pytest.raises(StorageApiError) as gone:
        await service.get_bucket(name)
    assert gone.value.status == "404"
    with pytest.raises(StorageApiError):
        await _storage(backend, http, trader.session.access_token).create_bucket(name)


async def test_a_token_nobody_signed(backend: Any, http: httpx.AsyncClient) -> None:
    with pytest.raises(StorageApiError) as refused:
        await _storage(backend, http, "eyJhbGciOiJIUzI1NiJ9.e30.x").from_(BUCKET).download("a/b")
    assert (refused.value.status, refused.value.code) == ("403", "Unauthorized")
