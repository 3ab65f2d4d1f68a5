"""The bare counterpart of a read: FastAPI, a pool, the same query and collector, no sign-in, no row-level security.

Arguments: port, address of the database, user id.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI

from agent_core.protocol.jobs import Job
from agent_core.protocol.trading import TradeEvent
from cloud.db.pool import Connection, prepare_connection
from cloud.jobs import repository as jobs
from cloud.serving import settle_heap
from cloud.trading import repository as trading

PORT, DSN, USER = int(sys.argv[1]), sys.argv[2], UUID(sys.argv[3])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(DSN, min_size=5, max_size=20, init=prepare_connection) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/jobs", response_model=list[Job])
async def list_jobs() -> object:
    async with app.state.pool.acquire() as connection:
        return await jobs.page(Connection(connection), USER, before=None, limit=50, status=None)


@app.get("/trade-events")
async def list_trade_events() -> list[TradeEvent]:
    async with app.state.pool.acquire() as connection:
        return await trading.page(Connection(connection), USER, connection_id=None, before=None, limit=50)


settle_heap()
uvicorn.run(app, port=PORT, log_config=None, access_log=False)
