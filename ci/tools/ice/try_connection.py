"""Ends without an error when the Ice just built can serve and make a call on this machine."""

from __future__ import annotations

import Ice


def main() -> None:
    """Serve an object on a free loopback port and call it, in one process."""
    settings = Ice.InitializationData()
    settings.properties = Ice.createProperties()
    # OMERO's clients speak TLS: the part that links against OpenSSL must load as well.
    settings.properties.setProperty("Ice.Plugin.IceSSL", "IceSSL:createIceSSL")
    communicator = Ice.initialize(settings)
    try:
        adapter = communicator.createObjectAdapterWithEndpoints("trial", "tcp -h 127.0.0.1")
        proxy = adapter.addWithUUID(Ice.Object())
        adapter.activate()
        # Through its printed form, so that the call takes the socket and no short cut.
        remote = communicator.stringToProxy(communicator.proxyToString(proxy))
        remote.ice_collocationOptimized(False).ice_ping()
    finally:
        communicator.destroy()


main()
