"""One worker of the cloud with short leases, on a port. Argument: the port; settings come from the environment."""

import asyncio
import sys
from dataclasses import replace

import uvicorn

from cloud.app import create_app
from cloud.settings import CloudSettings


async def main(port: int) -> None:
    app = create_app(CloudSettings())
    async with app.router.lifespan_context(app):
        delivery = app.state.services.delivery
        delivery.times = replace(delivery.times, delivery_lease=1.0, requery=0.5, backoff=0.2)
        await uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off")).serve()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
