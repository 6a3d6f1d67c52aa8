"""Every login that OMERO.web makes passes the limit.

The login page, the JSON API (`/api/v0/login/`), `?server=…&username=…&password=…` at any page and
the applications all end in `Connector.create_connection`. There the limit stands, also for
applications that are added later. The public user (`omero.web.public.*`) is not counted: nobody
types its password.

Two more places where a password can be guessed: the form that changes one, and `?bsession=…`, since
OMERO.server takes a session's key that is none for an account whose password is the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from omero_plugin_common.redis_client import QUEUE_DATABASE, connection
from omero_web_container.login_limit.buckets import LocalBuckets, RedisBuckets
from omero_web_container.login_limit.known_browser import Browser
from omero_web_container.login_limit.limiter import Attempt, LoginLimit, TooManyLogins, Tries

_SESSION_KEY: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(slots=True)
class Visit:
    """What the limit has to know of the request that this thread answers.

    Attributes:
        address: of the client.
        browser: of the client.
        logged_in: account that has logged in with this request.
        refused: why a login of this request was not tried.
        gateway: OMERO's latest one of this request.
    """

    address: str
    browser: Browser
    logged_in: str | None = None
    refused: TooManyLogins | None = None
    gateway: Any = None

    def begin(self, limit: LoginLimit, name: str) -> Attempt:
        """Let an attempt begin.

        Raises:
            TooManyLogins: it is refused.
        """
        return limit.begin(name, self.address, self.browser.id_for(name))


VISIT: ContextVar[Visit | None] = ContextVar("visit", default=None)


def of_this_site() -> LoginLimit:
    """The limit that all processes of the site share.

    It counts beside the queue: an upgrade of the image, which forgets sessions, forgets no tries.

    Raises:
        EnvironmentProblem: a number of tries cannot be used.
    """
    shared = RedisBuckets(lambda: connection(QUEUE_DATABASE))
    return LoginLimit(Tries.from_environment(), shared, LocalBuckets())


def install(limit: LoginLimit) -> None:
    """Put the limit before all of them; once in a process, when OMERO.web has been set up."""
    from omeroweb.connector import Connector
    from omeroweb.decorators import login_required
    from omeroweb.webclient.webclient_gateway import OmeroWebGateway
    from omeroweb.webgateway.views import LoginView

    Connector.create_gateway = _noted(Connector.create_gateway)
    Connector.create_connection = _limited_login(limit, Connector.create_connection)
    Connector.join_connection = _keys_only(Connector.join_connection)
    LoginView.post = _explained(LoginView.post)
    login_required.get_connection = _refused(login_required.get_connection)
    for change in ("changeMyPassword", "changeUserPassword"):
        whole = _limited_change(limit, getattr(OmeroWebGateway, change))
        setattr(OmeroWebGateway, change, whole)


def _noted(create: Callable[..., Any]) -> Callable[..., Any]:
    """Remember the gateway: it has the reason why a login failed."""

    def create_gateway(self: Any, *arguments: Any, **more: Any) -> Any:
        gateway = create(self, *arguments, **more)
        if visit := VISIT.get():
            visit.gateway = gateway
        return gateway

    return create_gateway


def _limited_login(limit: LoginLimit, create: Callable[..., Any]) -> Callable[..., Any]:
    def create_connection(
        self: Any,
        useragent: Any,
        username: Any,
        password: Any,
        is_public: bool = False,
        userip: Any = None,
    ) -> Any:
        visit = VISIT.get()
        if visit is None or is_public:
            return create(self, useragent, username, password, is_public, userip)
        attempt = visit.begin(limit, username)
        try:
            connection = create(self, useragent, username, password, is_public, userip)
        except BaseException:
            attempt.undecided()
            raise
        if connection is not None:
            attempt.right()
            visit.logged_in = username
        elif _was_wrong(visit.gateway):
            attempt.wrong()
        else:
            attempt.undecided()
        return connection

    return create_connection


def _was_wrong(gateway: Any) -> bool:
    """Whether OMERO.server has refused the login; otherwise it did not answer as it should."""
    from omero_plugin_common import omero_client

    error = getattr(gateway, "_last_error", None)
    return isinstance(error, omero_client.REFUSED) and not omero_client.is_behind_the_router(error)


def _keys_only(join: Callable[..., Any]) -> Callable[..., Any]:
    def join_connection(self: Any, *arguments: Any, **more: Any) -> Any:
        if not _SESSION_KEY.fullmatch(str(self.omero_session_key)):
            return None
        return join(self, *arguments, **more)

    return join_connection


def _explained(post: Callable[..., Any]) -> Callable[..., Any]:
    """A refused login at a login form: the form again, with the reason."""

    def explained_post(self: Any, request: Any, *arguments: Any, **more: Any) -> Any:
        try:
            return post(self, request, *arguments, **more)
        except TooManyLogins as error:
            return as_refusal(self.handle_not_logged_in(request, error.message), error)

    return explained_post


def as_refusal(response: Any, error: TooManyLogins) -> Any:
    """The answer with status 429 and the time to wait."""
    response.status_code = error.status
    for name, value in error.headers().items():
        response.headers[name] = value
    return response


def _refused(get: Callable[..., Any]) -> Callable[..., Any]:
    """A refused login at any other page: `login_required` would go on without a connection."""

    def get_connection(self: Any, *arguments: Any, **more: Any) -> Any:
        try:
            return get(self, *arguments, **more)
        except TooManyLogins as error:
            if visit := VISIT.get():
                visit.refused = error
            return None

    return get_connection


def _limited_change(limit: LoginLimit, change: Callable[..., Any]) -> Callable[..., Any]:
    """The form asks for the password of whoever is logged in, and shows an error's message."""

    def limited_change(self: Any, *arguments: Any, **more: Any) -> Any:
        visit = VISIT.get()
        if visit is None:
            return change(self, *arguments, **more)
        attempt = visit.begin(limit, self.getEventContext().userName)
        try:
            answer = change(self, *arguments, **more)
        except Exception:
            attempt.wrong()
            raise
        attempt.right()
        return answer

    return limited_change
