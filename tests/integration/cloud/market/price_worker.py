"""One worker of several: streams prices when it leads. Arguments: OANDA's address, Redis' address, key, account."""

import asyncio
import sys

from pydantic import SecretStr

from cloud.market.service import MarketService
from cloud.providers.oanda.transport import OandaTransport
from cloud.settings import CloudSettings


async def main(oanda: str, redis: str, key: str, account: str) -> None:
    settings = CloudSettings(
        mode="local", redis_url=SecretStr(redis), oanda_url=oanda, oanda_stream_url=oanda,
        oanda_api_key=SecretStr(key), oanda_account_id=account,
    )  # fmt: skip
    async with OandaTransport.opened() as transport:
        await MarketService(transport, settings).start()
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
