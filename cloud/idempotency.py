"""`Idempotency-Key`: the same request sent again gets the first answer and does nothing again."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from pydantic import BaseModel

from agent_core.protocol.errors import HTTP_STATUS, ErrorCode, ForexEliteError
from cloud.auth.claims import Claims
from cloud.db.gone import DATABASE_GONE
from cloud.services import Services

_log = structlog.get_logger(__name__)
_Answer = TypeVar("_Answer", bound=BaseModel)
# Longer than any request takes; after that the worker that had it is gone.
_ABANDONED_SECONDS = 120


def idempotent_id(user_id: UUID, route: str, key: str) -> UUID:
    """The id that work under a key gets, each time it is tried, so that a second try can't do it a second time."""
    return uuid5(NAMESPACE_URL, f"forexelite:{user_id}:{route}:{key}")


async def once(
    services: Services,
    claims: Claims,
    route: str,
    key: str | None,
    body: BaseModel,
    work: Callable[[], Awaitable[_Answer]],
    answer_type: type[_Answer],
) -> _Answer:
    """Does work at most once for a user's key on a route.

    Without a key the work is simply done. A refusal is an answer too and is kept; what failed on the way (503, 500)
    is forgotten, so that the same key may try again, unless the outcome is unknown. If the worker died in between, the
    work is done again two minutes later: give it `idempotent_id` where that matters.

    Returns:
        What `work` returned now or the first time.

    Raises:
        ForexEliteError: IDEMPOTENCY_CONFLICT for another body under the key, CONFLICT while the first request is
            still at work, and whatever `work` raises.
    """
    if key is None:
        return await work()
    digest = _digest(body)
    stored = await _claim(services, claims, route, key, digest)
    if stored is not None:
        return answer_type.model_validate(stored)
    try:
        answer = await work()
    except ForexEliteError as error:
        final = HTTP_STATUS[error.code] < 500 or error.code is ErrorCode.OUTCOME_UNKNOWN
        refusal = {"code": error.code, "detail": error.detail, "field": error.field}
        await _settle(services, claims, route, key, HTTP_STATUS[error.code] if final else None, refusal)
        raise
    except BaseException:
        await _settle(services, claims, route, key, None, {})
        raise
    await _settle(services, claims, route, key, 200, answer.model_dump(mode="json"))
    return answer


async def bind(services: Services, claims: Claims, route: str, key: str, body: BaseModel) -> None:
    """Holds a key to its first body, for work that by itself is done once for a key.

    Raises:
        ForexEliteError: IDEMPOTENCY_CONFLICT for another body under the key.
    """
    digest = _digest(body)
    async with services.db.as_service() as connection:
        first = await connection.fetchval(
            """insert into idempotency_keys (user_id, route, key, body_sha256) values ($1, $2, $3, $4)
               on conflict (user_id, route, key) do update set created_at = now() returning body_sha256""",
            claims.user_id,
            route,
            key,
            digest,
        )
    if first != digest:
        raise _other_body()


def _digest(body: BaseModel) -> str:
    return hashlib.sha256(body.model_dump_json().encode()).hexdigest()


def _other_body() -> ForexEliteError:
    return ForexEliteError(
        ErrorCode.IDEMPOTENCY_CONFLICT,
        "This Idempotency-Key was used with another body. Take a new key for a new request.",
    )


async def _claim(services: Services, claims: Claims, route: str, key: str, digest: str) -> dict[str, Any] | None:
    """Takes the key for this request, or returns the first answer."""
    async with services.db.as_service() as connection:
        taken = await connection.fetchval(
            """insert into idempotency_keys (user_id, route, key, body_sha256) values ($1, $2, $3, $4)
               on conflict (user_id, route, key) do update set created_at = now()
                   where idempotency_keys.status is null and idempotency_keys.body_sha256 = excluded.body_sha256
                     and idempotency_keys.created_at < now() - make_interval(secs => $5)
               returning true""",
            claims.user_id,
            route,
            key,
            digest,
            _ABANDONED_SECONDS,
        )
        if taken:
            return None
        row = await connection.fetchrow(
            "select body_sha256, status, answer from idempotency_keys where user_id = $1 and route = $2 and key = $3",
            claims.user_id,
            route,
            key,
        )
    if row is not None and row["body_sha256"] != digest:
        raise _other_body()
    if row is None or row["status"] is None:
        raise ForexEliteError(ErrorCode.CONFLICT, "The first request with this Idempotency-Key is still at work.")
    answer: dict[str, Any] = row["answer"]
    if row["status"] >= 400:
        raise ForexEliteError(ErrorCode(answer["code"]), answer["detail"], field=answer["field"])
    return answer


async def _settle(
    services: Services, claims: Claims, route: str, key: str, status: int | None, answer: dict[str, Any]
) -> None:
    """Keeps the answer, or forgets the key. What was done is answered even if that fails: the key stays taken then."""
    try:
        async with services.db.as_service() as connection:
            if status is None:
                await connection.execute(
                    "delete from idempotency_keys where user_id = $1 and route = $2 and key = $3",
                    claims.user_id,
                    route,
                    key,
                )
            else:
                await connection.execute(
                    """update idempotency_keys set status = $4, answer = $5
                       where user_id = $1 and route = $2 and key = $3""",
                    claims.user_id,
                    route,
                    key,
                    status,
                    answer,
                )
    except DATABASE_GONE as error:
        _log.error("answer_not_kept", route=route, error=type(error).__name__)
