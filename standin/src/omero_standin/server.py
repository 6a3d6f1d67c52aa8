"""The network side: an Ice communicator with one adapter, on tcp and on TLS."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import Ice
import omero.api
import omero.clients
import omero.rtypes
from omero.ObjectFactoryRegistrar import registerObjectFactory

from omero_standin import tls
from omero_standin.factory import INTERFACES, make_factory
from omero_standin.kernel import Kernel
from omero_standin.published import Published
from omero_standin.router import Router
from omero_standin.servants import CATEGORY, make_servant
from omero_standin.services.table import HANDLERS


class Server:
    """Serves a kernel until it is stopped."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        host: str,
        port: int,
        insecure_port: int,
        certificate: Path,
        registry_port: int = 0,
    ) -> None:
        """Take the ports.

        Port 0 leaves a kind of connection out. Nothing is answered before `start`.
        """
        self._communicator = Ice.initialize(_settings(certificate))
        try:
            registerObjectFactory(self._communicator, None)
            for factory in omero.rtypes.ObjectFactories.values():
                factory.register(self._communicator)
            self._kernel = kernel
            kernel.router = _router(host, port, insecure_port)
            kernel.config.setdefault(
                "omero.router.insecure",
                f"OMERO.Glacier2/router:tcp -p {insecure_port} -h @omero.host@",
            )
            self._adapter = self._communicator.createObjectAdapterWithEndpoints(
                "standin", _endpoints(host, port, insecure_port)
            )
            self._serve(kernel)
            self._registry = self._find_by(registry_port) if registry_port else None
        except BaseException:
            self._communicator.destroy()
            raise

    def start(self) -> None:
        """Answer from now on."""
        self._adapter.activate()
        if self._registry is not None:
            self._registry.activate()

    def stop(self) -> None:
        """Close the ports and every connection."""
        self._kernel.processor.stop()
        self._kernel.data.bio_formats.stop()
        self._communicator.destroy()

    def _find_by(self, port: int) -> Any:
        """The registry; most servers of tests have none, and its types take a while to load."""
        from omero_standin.registry import registry

        return registry(self._communicator, self._adapter, port)

    def _serve(self, kernel: Kernel) -> None:
        adapter = self._adapter
        kernel.published = Published(kernel, adapter)
        router = Router(kernel, adapter)
        adapter.add(router, Ice.Identity("router", "OMERO.Glacier2"))
        adapter.addDefaultServant(
            make_factory(kernel, router, adapter), f"{CATEGORY}ServiceFactory"
        )
        for interface in INTERFACES:
            base = getattr(omero.api, interface)
            servant = make_servant(kernel, base, HANDLERS.get(interface))
            adapter.addDefaultServant(servant, CATEGORY + interface)


def _router(host: str, port: int, insecure_port: int) -> str:
    """The router's address for clients on this machine."""
    near = "127.0.0.1" if host in ("", "0.0.0.0", "*") else host
    kind, number = ("ssl", port) if port else ("tcp", insecure_port)
    return f"OMERO.Glacier2/router:{kind} -p {number} -h {near}"


def _endpoints(host: str, port: int, insecure_port: int) -> str:
    wanted = (("ssl", port), ("tcp", insecure_port))
    return ":".join(f"{kind} -h {host} -p {number}" for kind, number in wanted if number)


def _settings(certificate: Path) -> Any:
    properties = Ice.createProperties()
    for name, value in {
        "Ice.Plugin.IceSSL": "IceSSL:createIceSSL",
        "IceSSL.CertFile": str(certificate),
        "IceSSL.Password": tls.PASSWORD,
        "IceSSL.VerifyPeer": "0",
        "IceSSL.Protocols": "TLS1_2",
        "Ice.ThreadPool.Server.Size": "4",
        "Ice.ThreadPool.Server.SizeMax": "64",
        # The same limit as OMERO's clients: 250 000 kB.
        "Ice.MessageSizeMax": "250000",
        "Ice.ACM.Server.Close": "0",
        "Ice.Warn.Dispatch": "1",
        "Ice.Warn.Connections": "0",
        "Ice.IPv6": "1" if socket.has_dualstack_ipv6() else "0",
    }.items():
        properties.setProperty(name, value)
    data = Ice.InitializationData()
    data.properties = properties
    return data
