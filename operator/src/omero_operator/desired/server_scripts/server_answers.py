"""Readiness: does OMERO.server answer? First the router at its door, then Blitz behind it.

    python server_answers.py PORT-OF-THE-ROUTER PORT-OF-THE-REGISTRY

The kernel accepts connections for a program that has stopped, so each has to say something.
`omero admin status` asks the same in a second of the processor; this loads Ice and nothing of
OMERO. The registry of IceGrid and the type of the manager are those of that command:
https://github.com/ome/omero-py, plugin `admin`.
"""

import socket
import ssl
import sys

SECONDS = 4
MANAGER = "::Glacier2::SessionManager"


def ask_router(port: int, seconds: int = SECONDS) -> None:
    """A handshake; one that fails because of its contents is an answer, too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), seconds) as plain:
        try:
            context.wrap_socket(plain).close()
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            raise
        except ssl.SSLError:
            pass


def ask_blitz(port: int, seconds: int = SECONDS) -> None:
    """The registry knows where the manager of sessions is; a thread of Blitz answers for it."""
    import Ice
    import IceGrid

    near = f"tcp -h 127.0.0.1 -p {port}"
    communicator = Ice.initialize(
        [
            f"--Ice.Default.Locator=IceGrid/Locator:{near}",
            f"--Ice.Override.ConnectTimeout={seconds * 1000}",
            "--Ice.Override.CloseTimeout=1000",
            f"--Ice.Default.InvocationTimeout={seconds * 1000}",
            "--Ice.RetryIntervals=-1",
        ]
    )
    try:
        query = communicator.stringToProxy(f"IceGrid/Query:{near}")
        managers = IceGrid.QueryPrx.uncheckedCast(query).findAllObjectsByType(MANAGER)
        if not managers:
            raise LookupError("Blitz is not registered")
        for manager in managers:
            manager.ice_ping()
    finally:
        communicator.destroy()


def main() -> None:
    """Ask both."""
    for name, ask, port in (
        ("the router (Glacier2)", ask_router, sys.argv[1]),
        ("Blitz", ask_blitz, sys.argv[2]),
    ):
        try:
            ask(int(port))
        except Exception as error:
            sys.exit(f"{name} does not answer: {type(error).__name__} {str(error)[:200]}")


if __name__ == "__main__":
    main()
