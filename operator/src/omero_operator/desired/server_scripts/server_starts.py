"""Start-up: can somebody log in?

    python server_starts.py PORT-OF-THE-ROUTER

`guest` is the account for it: every OMERO has it, and it may do nothing. A login goes the whole
way: router, Blitz, its sessions, its database. Where a site has closed the account, the rejection
comes from the same place. A server that still starts is asked for a handshake only.
"""

import sys

from server_answers import ask_router


def log_in(port: int) -> str:
    """How the login ended; an error when nobody can log in yet."""
    # First: imported after Glacier2 it would define Glacier2's exceptions a second time.
    import omero.clients  # isort: skip
    import Glacier2

    client = omero.client(args=["--Ice.RetryIntervals=-1"], host="127.0.0.1", port=port)
    try:
        client.createSession("guest", "guest")
    except Glacier2.PermissionDeniedException as error:
        # What the router says when Blitz, which it asks, is not there yet.
        if "internal" in error.reason.lower():
            raise
        return f"rejected: {error.reason[:100]}"
    finally:
        client.closeSession()
    return "logged in"


def main() -> None:
    """Log in and out."""
    port = int(sys.argv[1])
    try:
        ask_router(port)
        log_in(port)
    except Exception as error:
        sys.exit(f"nobody can log in yet: {type(error).__name__} {str(error)[:200]}")


if __name__ == "__main__":
    main()
