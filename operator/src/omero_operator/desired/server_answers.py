"""The readiness probe of OMERO.server: a script for the Python of its image.

`omero admin status` asks the same in a second of the processor; this loads Ice and nothing of
OMERO. The registry of IceGrid and the type of the manager are those of that command:
https://github.com/ome/omero-py, plugin `admin`.
"""

SCRIPT = '''\
"""Does OMERO.server answer? First the router at its door, then Blitz behind it.

The kernel accepts connections for a program that has stopped, so each has to say something.

    python server_answers.py PORT-OF-THE-ROUTER PORT-OF-THE-REGISTRY
"""

import socket
import ssl
import sys

SECONDS = 4
MANAGER = "::Glacier2::SessionManager"


def ask_router(port):
    """A handshake; one that fails because of its contents is an answer, too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), SECONDS) as plain:
        try:
            context.wrap_socket(plain).close()
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            raise
        except ssl.SSLError:
            pass


def ask_blitz(port):
    """The registry knows where the manager of sessions is; a thread of Blitz answers for it."""
    import Ice
    import IceGrid

    near = "tcp -h 127.0.0.1 -p %d" % port
    communicator = Ice.initialize([
        "--Ice.Default.Locator=IceGrid/Locator:" + near,
        "--Ice.Override.ConnectTimeout=%d" % (SECONDS * 1000),
        "--Ice.Override.CloseTimeout=1000",
        "--Ice.Default.InvocationTimeout=%d" % (SECONDS * 1000),
        "--Ice.RetryIntervals=-1",
    ])
    try:
        query = communicator.stringToProxy("IceGrid/Query:" + near)
        managers = IceGrid.QueryPrx.uncheckedCast(query).findAllObjectsByType(MANAGER)
        if not managers:
            raise LookupError("Blitz is not registered")
        for manager in managers:
            manager.ice_ping()
    finally:
        communicator.destroy()


for name, ask, port in (
    ("the router (Glacier2)", ask_router, sys.argv[1]),
    ("Blitz", ask_blitz, sys.argv[2]),
):
    try:
        ask(int(port))
    except Exception as error:
        sys.exit("%s does not answer: %s %s" % (name, type(error).__name__, str(error)[:200]))
'''
