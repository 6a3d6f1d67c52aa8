"""What a row of the catalogue works with: connections, recorded calls, things that it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import omero.clients  # isort: skip
import numpy
import omero.cmd
import omero.model
from omero.gateway import BlitzGateway
from omero.rtypes import rstring

from omero_standin.recording import commands
from omero_standin.recording.account import Account, Server, close
from omero_standin.recording.commands import ALL_GROUPS
from omero_standin.recording.shown import Asked, Id, Ref, shown
from omero_standin.recording.situation import situation_of
from omero_standin.recording.symbols import Symbols

PREFIX: Final = "omero-standin-record-"

Line = dict[str, Any]


class Recorded:
    """A service, store or handle each of whose calls becomes a line of the file.

    A call takes the operation's own arguments, and `show`: how its answer is shown.
    """

    def __init__(self, lab: Lab, name: str, proxy: Any) -> None:
        """`name` is that of the interface."""
        self._lab, self._name, self.proxy = lab, name, proxy

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """The operation of that name."""

        def call(*given: Any, show: Callable[[Any], Any] = shown) -> Any:
            return self._lab.ask(
                f"{self._name}.{operation}",
                list(given),
                lambda: getattr(self.proxy, operation)(*given),
                show,
            )

        return call


class Lab:
    """One run's connections and what it has met.

    Attributes:
        situation: what the account may do.
        token: the run's own part of the names that it gives.
        me, group, other: ids of the account, its group, and another group of its (or None).
    """

    def __init__(
        self, server: Server, account: Account, second: Account | None, token: str
    ) -> None:
        """Log in.

        Raises:
            CannotRun: that was refused.
        """
        self.server, self._account, self._second_account = server, account, second
        self.token = token
        self.lines: list[Line] = []
        self._row = ""
        self.last_error: BaseException | None = None
        self._symbols = Symbols(f"{PREFIX}{token}-")
        self._clients: dict[str, Any] = {}
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        client = self.client
        second = None if self._second_account is None else self.second_client
        self.situation, other = situation_of(client, second)
        context = client.sf.getAdminService().getEventContext()
        roles = client.sf.getAdminService().getSecurityRoles()
        self.me = Ref.to("Experimenter", context.userId)
        self.group = Ref.to("ExperimenterGroup", context.groupId)
        self.other = None if other is None else Ref.to("ExperimenterGroup", other)
        self.second_user: Ref | None = None
        self.second_group: Ref | None = None
        self.root = Ref.to("Experimenter", roles.rootId)
        self.system = Ref.to("ExperimenterGroup", roles.systemGroupId)
        self._name_the_known(context, roles)
        if second is not None:
            them = second.sf.getAdminService().getEventContext()
            self.second_user = Ref.to("Experimenter", them.userId)
            self.second_group = Ref.to("ExperimenterGroup", them.groupId)
            self._symbols.call_it("Experimenter", them.userId, "second user")
            if them.groupId not in (context.groupId, other):
                self._symbols.call_it("ExperimenterGroup", them.groupId, "second user's group")
            self._symbols.hide(them.userName)
            self._symbols.hide(them.groupName)

    def _name_the_known(self, context: Any, roles: Any) -> None:
        self._symbols.call_it("ExperimenterGroup", roles.userGroupId, "group of all users")
        self._symbols.call_it("ExperimenterGroup", roles.systemGroupId, "group of administrators")
        self._symbols.call_it("Experimenter", roles.rootId, "root")
        if self.other is not None:
            self._symbols.call_it("ExperimenterGroup", self.other, "my other group")
        self._symbols.call_it("ExperimenterGroup", context.groupId, "my group")
        self._symbols.call_it("Experimenter", context.userId, "me")
        for text in (
            context.userName, context.groupName, self._account.password, self.server.host,
        ):  # fmt: skip
            self._symbols.hide(text)
        if self._second_account is not None:
            self._symbols.hide(self._second_account.password)

    # --- connections

    @property
    def client(self) -> Any:
        """The account's client."""
        return self._connected("first", self._account)

    @property
    def second_client(self) -> Any:
        """The second account's client."""
        assert self._second_account is not None
        return self._connected("second", self._second_account)

    def _connected(self, name: str, account: Account) -> Any:
        if name not in self._clients:
            self._clients[name] = self.server.logged_in(account)
            self._symbols.hide(self._clients[name].getSessionId())
        return self._clients[name]

    def joined(self, key: str = "") -> Any:
        """A further client in a session, the account's own without a key."""
        client = self.server.client()
        self._clients[f"joined {len(self._clients)}"] = client
        client.joinSession(key or self.key).detachOnDestroy()
        return client

    @property
    def gateway(self) -> Any:
        """A BlitzGateway on the account's session."""
        made = BlitzGateway(client_obj=self.client)
        made._was_join = True
        return made

    @property
    def key(self) -> str:
        """The key of the account's session; it is never written."""
        return str(self.client.getSessionId())

    def reconnect(self) -> None:
        """Log in again, after the session or the connection was lost."""
        self.close()
        self._open()

    def close(self) -> None:
        """End all sessions."""
        for name in list(self._clients):
            close(self._clients.pop(name))

    # --- recorded

    def begin(self, row: str) -> None:
        """The calls from now on are this row's."""
        self._row, self.lines, self.last_error = row, [], None
        self._symbols.begin(row)

    def ask(
        self,
        name: str,
        given: list[Any],
        function: Callable[[], Any],
        show: Callable[[Any], Any] = shown,
    ) -> Any:
        """Make a call, record it, and return its answer.

        Args:
            name: `Interface.operation`, or what a client's library calls it.
            given: the arguments as they are recorded.
            function: makes the call.
            show: how the answer is shown.

        Raises:
            Exception: whatever the call raised, after its type was recorded.
        """
        line: Line = {"row": self._row, "call": name}
        line["given"] = [self._symbols.said(shown(each)) for each in given]
        self.lines.append(line)
        try:
            answer = function()
        except Exception as error:
            line["raises"] = type(error).__name__
            self.last_error = error
            raise
        line["answer"] = self._symbols.finished(show(answer))
        return answer

    @contextmanager
    def may_fail(self) -> Iterator[None]:
        """A recorded call of this block may be refused: the row goes on."""
        try:
            yield
        except Exception as error:
            if error is not self.last_error:
                raise

    def on(self, name: str, proxy: Any) -> Recorded:
        """A store, handle or service of another session, recorded."""
        return Recorded(self, name, proxy)

    @property
    def query(self) -> Recorded:
        """IQuery."""
        return Recorded(self, "IQuery", self.client.sf.getQueryService())

    @property
    def update(self) -> Recorded:
        """IUpdate."""
        return Recorded(self, "IUpdate", self.client.sf.getUpdateService())

    @property
    def admin(self) -> Recorded:
        """IAdmin."""
        return Recorded(self, "IAdmin", self.client.sf.getAdminService())

    @property
    def factory(self) -> Recorded:
        """ServiceFactory."""
        return Recorded(self, "ServiceFactory", self.client.sf)

    def command(self, request: Any, show: Callable[[Any], Any] = shown) -> Any:
        """Submit a command in all groups, and record its response."""
        name = f"submit {type(request).__name__}"
        return self.ask(name, [request], lambda: self.response(request), show)

    def response(self, request: Any) -> Any:
        """The response of a command in all groups; nothing is recorded."""
        return commands.response(self.client, request, self.server.seconds)

    # --- made, without a line in the file

    def name(self, word: str) -> str:
        """A name that says whose it is: what has it is deleted at the end."""
        made = f"{PREFIX}{self.token}-{word}"
        self._symbols.said(shown(made))
        return made

    def hide(self, text: str) -> str:
        """A text that is never written."""
        self._symbols.hide(text)
        return text

    def say(self, text: str) -> str:
        """A text that the catalogue knows beforehand, such as a checksum."""
        self._symbols.said(shown(text))
        return text

    def new(self, kind: str, word: str, **values: Any) -> Any:
        """An object that is not saved yet, with a name of the run's where its type has one."""
        made = getattr(omero.model, f"{kind}I")()
        if kind.endswith("Annotation"):
            made.ns = rstring(self.name(word))
        elif kind == "OriginalFile":
            made.name, made.path = rstring(self.name(word)), rstring("/")
        elif hasattr(made, "name"):
            made.name = rstring(self.name(word))
        for name, value in values.items():
            setattr(made, name, value)
        return made

    def save(self, thing: Any) -> Any:
        """Save an object; what came back."""
        self._symbols.said(shown(thing))
        saved = self.client.sf.getUpdateService().saveAndReturnObject(thing)
        self._symbols.finished(shown(saved))
        return saved

    def made(self, kind: str, word: str, **values: Any) -> Any:
        """A new object, saved."""
        return self.save(self.new(kind, word, **values))

    def link(self, parent: Any, child: Any) -> Any:
        """Put one saved object into another; the saved link."""
        return self.save(new_link(parent, child))

    def image(self, word: str) -> Any:
        """A saved image with pixels of 8 by 4, values 0 to 31."""
        plane = numpy.arange(32, dtype=numpy.uint8).reshape(4, 8)
        wrapped = self.gateway.createImageFromNumpySeq(iter([plane]), self.name(word))
        found = self.client.sf.getQueryService().get("Image", wrapped.getId())
        self._symbols.finished(Id("Image", found.id.val))
        return found


def new_link(parent: Any, child: Any) -> Any:
    """A link that is not saved yet, between unloaded ends."""
    one, other = (type(each).__name__.removesuffix("I") for each in (parent, child))
    kind = f"{one}AnnotationLink" if other.endswith("Annotation") else f"{one}{other}Link"
    made = getattr(omero.model, f"{kind}I")()
    made.parent, made.child = (type(each)(each.id.val, False) for each in (parent, child))
    return made


__all__ = ["ALL_GROUPS", "PREFIX", "Asked", "Lab", "Recorded", "new_link"]
