"""The server without its network: rows, accounts, sessions, configuration, counts."""

from __future__ import annotations

import uuid
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from omero_standin import VERSION
from omero_standin.accounts import Accounts
from omero_standin.binary import checksums
from omero_standin.binary.folder import DataFolder
from omero_standin.calls import Calls
from omero_standin.config_defaults import DEFAULTS
from omero_standin.hql.evaluate import Evaluation
from omero_standin.model import enumerations
from omero_standin.model.store import Keeper, Row, Store
from omero_standin.scripts.added import AddedProcessors
from omero_standin.scripts.memory import Memories
from omero_standin.scripts.parameters import Parameters
from omero_standin.scripts.processor import Processor
from omero_standin.session_rows import SessionRows
from omero_standin.sessions import Sessions
from omero_standin.tables.opened import OpenTables

if TYPE_CHECKING:
    from omero_standin.published import Published

# What a stand-in has set, like a site: it asks no other host for newer versions, and offers the
# checksums that it can make.
_SET = {
    "omero.checksum.supported": ", ".join(checksums.ALGORITHMS),
    "omero.version": VERSION,
    "omero.upgrades.url": "",
    "omero.cluster.read_only.runtime.db": "false",
    "omero.cluster.read_only.runtime.repo": "false",
    "omero.server.nodedescriptors": "master:Blitz-0",
}


class Kernel:
    """Everything a service works on."""

    def __init__(self, config: dict[str, str] | None = None, keeper: Keeper | None = None) -> None:
        """`config` is what the site sets; `keeper` makes rows outlive the process."""
        given = config or {}
        self.data = DataFolder(given.get("omero.data.dir"))
        self.config = DEFAULTS | _SET | {"omero.data.dir": str(self.data.root)} | given
        self.store = Store(keeper)
        # Clients send the same few texts again and again; Hibernate keeps compiled queries, too.
        self.query = lru_cache(maxsize=512)(partial(Evaluation, self.store))
        self.tables = OpenTables()
        self.accounts = Accounts(
            self.store,
            password_required=self.config["omero.security.password_required"] == "true",
        )
        self.sessions = Sessions(int(self.config["omero.sessions.timeout"]))
        self.session_rows = SessionRows(self.store, self.sessions)
        self.calls = Calls(self.sessions)
        self.memories = Memories(self.sessions)
        self.processor = Processor(self)
        self.added = AddedProcessors(self.sessions)
        self.parameters = Parameters(self)
        self.database_uuid = str(uuid.uuid4())
        # Set by the server, which knows the network: where scripts find the router.
        self.published: Published
        self.router: str

    def fill(self, rows: list[Row], root_password: str) -> None:
        """Take over the rows that were kept, or start with the first accounts."""
        if rows:
            self.store.load(rows)
            enumerations.complete(self.store)
        else:
            self.accounts.initialise(root_password)

    def count(self, interface: str, operation: str) -> None:
        """Count a call, for tests with a call budget."""
        self.calls.count(interface, operation)

    def counts(self) -> dict[str, int]:
        """Calls so far, by `Interface.operation`."""
        return self.calls.counts()
