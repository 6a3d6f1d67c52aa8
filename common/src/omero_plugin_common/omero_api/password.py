"""Whether somebody knows the password of an account."""

from __future__ import annotations

from typing import Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import Glacier2
import omero

from omero_plugin_common.env_utils import get_env, get_int_env
from omero_plugin_common.errors import Forbidden

_AGENT: Final = "omero_plugin_common.password"


def check_password(user_name: str, password: str) -> None:
    """Open a session of the user with the password, and close it again.

    Raises:
        Forbidden: it is not the password of this user.
        Ice.Exception, omero.ServerError: the server does not answer.
    """
    client = omero.client(
        host=get_env("OMERO_HOST"), port=get_int_env("OMERO_PORT", 4064, low=1, high=65535)
    )
    client.setAgent(_AGENT)
    try:
        client.createSession(user_name, password)
    except (Glacier2.PermissionDeniedException, Glacier2.CannotCreateSessionException):
        raise Forbidden("This is not your password", code="wrong_password") from None
    finally:
        client.closeSession()
