"""A Stripe-compatible service on loopback: localstripe, in a process of its own, that keeps nothing on disk.

Writes the port it listens on to a file. Its own command binds every interface and shares one file among all that run.
What it does otherwise than Stripe: it ignores Idempotency-Key, gives back more than was paid, and sends an event once.
"""

import argparse
import asyncio
import pathlib

from aiohttp import web
from localstripe import resources, server


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--announce", type=pathlib.Path, required=True)
    chosen = arguments.parse_args()

    resources.Store.dump_to_disk = lambda store: None

    runner = web.AppRunner(server.app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    chosen.announce.with_suffix(".part").write_text(str(port))
    chosen.announce.with_suffix(".part").rename(chosen.announce)
    await asyncio.Event().wait()


asyncio.run(main())
