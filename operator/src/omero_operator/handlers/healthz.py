"""`/healthz`, for the kubelet, on addresses of both IP families.

Kopf has such an endpoint, but asyncio gives it a socket of one family only.
"""

import socket
from collections.abc import Awaitable, Callable

import kopf
from aiohttp import web


def address(host: str) -> str:
    """Where to listen: `::` stands for all addresses, also where a machine has no IPv6."""
    without_ipv6 = host == "::" and not socket.has_dualstack_ipv6()
    return "0.0.0.0" if without_ipv6 else host  # noqa: S104 - a pod's own network


async def serve(host: str, port: int, check: Callable[[], Awaitable[str]]) -> web.AppRunner:
    """Answer requests until the runner is cleaned up.

    Args:
        host: An address; `::` takes both families.
        port: A port.
        check: Returns what a healthy process says, and raises `kopf.PermanentError` with the
            reason when it is not healthy; that is status 500.

    Raises:
        OSError: The port is taken.
    """

    async def answer(_: web.Request) -> web.Response:
        try:
            return web.Response(text=await check())
        except kopf.PermanentError as error:
            return web.Response(status=500, text=str(error))

    app = web.Application()
    app.router.add_get("/healthz", answer)
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=1.0, access_log=None)
    await runner.setup()
    await web.SockSite(runner, _socket(address(host), port)).start()
    return runner


def _socket(host: str, port: int) -> socket.socket:
    if host == "::":
        family = socket.AF_INET6
        return socket.create_server((host, port), family=family, dualstack_ipv6=True)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)
