"""A day offline: 100,000 facts reach a real cloud with a real Postgres, in order, each once, though it is cut off.

Run: python tests/bench/bench_event_upload.py [events]. The upload is broken off at several points, some of them with an
answer on its way, and once the agent's store is opened anew. Exits 1 unless the cloud holds exactly what happened.
"""

import asyncio
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from cloud_stage import Stage, cpu_seconds, stage

from agent_core.events import EventBus
from agent_core.store import Store
from agent_core.sync.agent_client import AgentClient
from agent_core.sync.event_log import EventLog
from agent_core.sync.uploader import ArtifactQueue, Uploader

CUTS = 6
_ACCOUNT = {
    "balance": Decimal("10000.00"), "equity": Decimal("9990.10"), "margin_used": Decimal("120.00"),
    "margin_available": Decimal("9870.10"), "margin_level": Decimal("8325.08"), "currency": "USD",
    "account_number": "1001", "account_type": "demo",
}  # fmt: skip


def fact(number: int) -> tuple[str, dict[str, Any]]:
    """A fact of a busy day: mostly snapshots and the lines of EAs, now and then a trade. `n` is its number."""
    if number % 10 == 0:
        return "deal", {
            "n": number, "deal_id": str(number), "order_id": str(number), "position_id": str(number // 20),
            "instrument": "EURUSD", "side": "BUY", "entry": "in", "lots": Decimal("0.10"), "units": Decimal(10_000),
            "price": 1.1, "profit": Decimal("0.00"), "commission": Decimal("-0.35"), "swap": Decimal("0.00"),
        }  # fmt: skip
    if number % 10 < 5:
        return "account", {"n": number, **_ACCOUNT, "as_of": datetime.now(UTC)}
    return "risk_decision", {"n": number, "verdict": "allowed", "rule": None, "message": "within limits"}


def write(log: EventLog, count: int) -> float:
    """Writes the facts as a day brings them, one by one; returns the seconds it took."""
    began, started = datetime.now(UTC) - timedelta(hours=23), time.perf_counter()
    for number in range(1, count + 1):
        kind, data = fact(number)
        log.append(kind, data, at=began + timedelta(hours=23) * number / count)
    return time.perf_counter() - started


async def upload(path: Path, url: str, agent_id: UUID, key: str, cut_after: float | None) -> None:
    """Uploads what waits, from a store opened anew; breaks off after some seconds."""
    store = Store(path)
    client = AgentClient(url, agent_id, key, lambda *_: None)
    uploader = Uploader(client, EventLog(store), ArtifactQueue(store, EventBus()), asyncio.Event())
    try:
        async with asyncio.timeout(cut_after):
            await uploader.upload()
    except TimeoutError:
        pass
    finally:
        await client.close()
        store.close()


async def stored(cloud: Stage, agent_id: UUID) -> list[Any]:
    """Number at the cloud and number of each fact there, in order."""
    connection = await asyncpg.connect(cloud.superuser_dsn)
    rows = await connection.fetch(
        "select seq, (data->>'n')::int as n from agent_events where agent_id = $1 order by seq", agent_id
    )
    await connection.close()
    return [(row["seq"], row["n"]) for row in rows]


async def main(count: int) -> int:
    """Writes, uploads, compares; returns the exit code."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "agent.db"
        store = Store(path)
        wrote = write(EventLog(store), count)
        store.close()
        size = path.stat().st_size / 1e6
        chance = random.Random(1)
        async with stage(1) as cloud:
            ((agent_id, key),) = cloud.agents.items()
            url = f"http://127.0.0.1:{cloud.port}"
            worked, started, own = cpu_seconds(cloud.worker), time.perf_counter(), time.process_time()
            for _ in range(CUTS):
                await upload(path, url, agent_id, key, chance.uniform(0.3, 3.0))
            await upload(path, url, agent_id, key, None)
            took, own = time.perf_counter() - started, time.process_time() - own
            worked = cpu_seconds(cloud.worker) - worked
            found = await stored(cloud, agent_id)
    right = found == [(number, number) for number in range(1, count + 1)]
    wrong = [pair for pair, number in zip(found, range(1, count + 1), strict=False) if pair != (number, number)][:3]
    verdict = "complete, in order, each once" if right else f"NOT what happened: {wrong} ..."
    sys.stdout.write(
        f"{count:,} facts written one by one in {wrote:.1f} s ({wrote / count * 1e6:.0f} us each), {size:.0f} MB\n"
        f"uploaded in {took:.1f} s with {CUTS} interruptions: {count / took:,.0f} a second; CPU agent {own:.1f} s, "
        f"cloud {worked:.1f} s\n"
        f"at the cloud: {len(found):,}, {verdict}\n"
    )
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)))
