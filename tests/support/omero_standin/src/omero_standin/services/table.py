"""Which class answers what; one line each. What is missing here is refused by name.

`HANDLERS`: the stateless services, by interface; one object serves all sessions.
`STORES`: what else the service factory hands out, by the factory's operation; each call makes a new
object of the class, which lives until its client closes it or the session ends.
`COMMANDS`: the commands of `submit`, by request type; the function returns the response.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from omero_standin.call import Call
from omero_standin.services.iadmin import Admin
from omero_standin.services.iconfig import Config
from omero_standin.services.imetadata import Metadata
from omero_standin.services.iquery import QueryService
from omero_standin.services.irepositoryinfo import RepositoryInfo
from omero_standin.services.iscript import Scripts
from omero_standin.services.isession import SessionService

HANDLERS: Final[dict[str, object]] = {
    "IAdmin": Admin(),
    "IConfig": Config(),
    "IMetadata": Metadata(),
    "IQuery": QueryService(),
    "IRepositoryInfo": RepositoryInfo(),
    "IScript": Scripts(),
    "ISession": SessionService(),
}
# Operation of the factory → (Ice interface, class of the handler).
STORES: Final[dict[str, tuple[type, type]]] = {}
COMMANDS: Final[dict[type, Callable[[Call, Any], Any]]] = {}
