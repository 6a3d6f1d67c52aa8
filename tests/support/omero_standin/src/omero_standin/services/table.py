"""Which class answers for which interface.

An interface that is missing here refuses every call by name.
"""

from __future__ import annotations

from typing import Final

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
