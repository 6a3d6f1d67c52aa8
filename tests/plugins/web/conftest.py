"""Visitors of the shared site, without a browser."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from omero.gateway import BlitzGateway

import collected_static
import local_services
from whole_site import WholeSite

# Of OMERO.web's log, where a test has failed.
_LINES, _LETTERS = 60, 500


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what OMERO.web said last: why it closed a connection stands nowhere else."""
    report = yield
    given = item.funcargs if isinstance(item, pytest.Function) else {}
    site = given.get("site")
    if report.failed and isinstance(site, local_services.Site):
        lines = site.web.log.read_text(errors="replace").splitlines()
        said = [line for line in lines if '"logger": "access"' not in line][-_LINES:]
        report.sections.append(("OMERO.web", "\n".join(line[:_LETTERS] for line in said)))
    return report


@pytest.fixture(scope="session")
def static_root() -> Path:
    """The static files, collected as in the build of the image."""
    return collected_static.static_root()


@pytest.fixture(scope="session")
def site(whole: WholeSite) -> local_services.Site:
    """The servers of the shared site."""
    return whole.site


@pytest.fixture
def ada(site: local_services.Site) -> Iterator[BlitzGateway]:
    """A user of the demo: a member of two groups, one of which she leads."""
    gateway = BlitzGateway("ada", "ada-demo", host="127.0.0.1", port=site.standin.port, secure=True)
    assert gateway.connect()
    yield gateway
    gateway.close()


class Visitor(httpx.Client):
    """A browser without scripts: cookies, redirects, forms with their CSRF token."""

    def __init__(self, url: str, trusts: Path | None = None) -> None:
        # A connection per request: the tests end processes, and no proxy is there to try again.
        alone = httpx.Limits(max_keepalive_connections=0)
        context = local_services.NO_AUTHORITIES
        if trusts:
            context = ssl.create_default_context(cafile=trusts)
        super().__init__(
            base_url=url, follow_redirects=True, timeout=60, limits=alone, verify=context
        )

    def log_in(self, password: str, user: str = "root") -> httpx.Response:
        """Fill in the login page."""
        self.get("/webclient/login/")
        return self.submit("/webclient/login/", username=user, password=password, server="1")

    def submit(self, path: str, **fields: str) -> httpx.Response:
        """Send a form."""
        own = self.base_url.path.rstrip("/") or "/"
        token = self.cookies.get("csrftoken", path=own) or ""
        headers = {"Referer": str(self.base_url), "Origin": _origin(self.base_url)}
        return self.post(path, data=fields | {"csrfmiddlewaretoken": token}, headers=headers)

    @property
    def is_logged_in(self) -> bool:
        """Whether the start page shows data and not the login form."""
        return not self.get("/webclient/").url.path.endswith("/login/")


def _origin(url: httpx.URL) -> str:
    """What browsers send with a form."""
    return f"{url.scheme}://{url.netloc.decode()}"


@pytest.fixture
def stranger(site: local_services.Site) -> Iterator[Visitor]:
    """Somebody who has not logged in."""
    with Visitor(site.url) as visitor:
        yield visitor


@pytest.fixture
def visitor(site: local_services.Site, stranger: Visitor) -> Visitor:
    """Root, logged in."""
    assert stranger.log_in(site.standin.password).url.path == "/webclient/"
    return stranger


@contextmanager
def _visitors() -> Iterator[Callable[..., Visitor]]:
    with ExitStack() as stack:
        yield lambda url, **more: stack.enter_context(Visitor(url, **more))


@pytest.fixture
def new_visitor() -> Iterator[Callable[..., Visitor]]:
    """Makes visitors of other sites than the shared one."""
    with _visitors() as made:
        yield made


@pytest.fixture(scope="module")
def new_visitor_of_module() -> Iterator[Callable[..., Visitor]]:
    """As `new_visitor`, for a file whose tests do not mind what the one before them asked for."""
    with _visitors() as made:
        yield made


@pytest.fixture
def log_lines() -> Callable[[local_services.Site], list[dict[str, Any]]]:
    """Reads a site's log; a line that is not JSON fails."""

    def read(site: local_services.Site) -> list[dict[str, Any]]:
        return [json.loads(line) for line in site.web.log.read_text().splitlines()]

    return read
