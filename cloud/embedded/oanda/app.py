"""The v20 endpoints: pricing, stream, candles, account, orders, trades, positions, transactions."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from cloud.embedded.oanda import documents
from cloud.embedded.oanda.account import PracticeAccount
from cloud.embedded.oanda.errors import RefusedError
from cloud.embedded.oanda.faults import Faults, FaultyNetwork
from cloud.embedded.oanda.market_routes import WINDOW_SECONDS, price_routes
from cloud.embedded.oanda.prices import INSTRUMENTS, quote_at
from cloud.embedded.oanda.trading_routes import answer, order_routes, trade_routes, transaction_routes


def create_oanda_app(api_key: str, account_id: str, faults: Faults | None = None) -> FastAPI:
    """Builds the stand-in with one account that answers to one token.

    Args:
        api_key: The token.
        account_id: The account's id.
        faults: What shall go wrong; tests hold it and change it while the server runs.
    """
    faults = faults or Faults()
    account = PracticeAccount(
        account_id, lambda instrument: quote_at(instrument, time.time()), is_halted=lambda: faults.halted
    )
    base = f"/v3/accounts/{account_id}"

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(account))
        yield
        ticking.cancel()

    async def authorise(request: Request) -> None:
        foreign = request.url.path.startswith("/v3/accounts/") and not request.url.path.startswith(base)
        if foreign or request.headers.get("authorization") != f"Bearer {api_key}":
            raise RefusedError(403 if foreign else 401, "Insufficient authorization to perform request.")

    app = FastAPI(lifespan=lifespan, dependencies=[Depends(authorise)])
    app.add_middleware(FaultyNetwork, faults=faults)

    @app.exception_handler(RefusedError)
    async def refused(_request: Request, error: RefusedError) -> JSONResponse:
        return JSONResponse(error.body, error.status)

    for routes in (_account_routes, price_routes, order_routes, trade_routes, transaction_routes):
        app.include_router(routes(account, base))
    return app


def _account_routes(account: PracticeAccount, base: str) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v3/accounts")
    async def accounts() -> dict[str, Any]:
        return {"accounts": [{"id": account.id, "tags": []}]}

    @routes.get(f"{base}/summary")
    async def summary() -> dict[str, Any]:
        return answer(account, account=documents.summary_document(account))

    @routes.get(f"{base}/instruments")
    async def terms(instruments: str = "") -> dict[str, Any]:
        wanted = [item for item in INSTRUMENTS.values() if not instruments or item.name in instruments.split(",")]
        return answer(account, instruments=[documents.instrument_document(item) for item in wanted])

    return routes


async def _tick(account: PracticeAccount) -> None:
    while True:
        await asyncio.sleep(WINDOW_SECONDS)
        account.tick()
