"""Redis away, frozen, full, or empty again: what users see, and that nobody is logged out."""

from __future__ import annotations

import pickle
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis
from cryptography.fernet import Fernet

import http_clients
import local_services
from omero_plugin_common.secret_box import SecretBox
from plugin_site import database_variables, until
from site_fixtures import OwnSite

PAGES = (
    "/webclient/",
    "/webclient/login/",
    "/webclient/api/containers/",
    "/webclient/api/datasets/?id=1",
    "/webclient/load_searching/form/",
    "/webgateway/luts_png/",
    "/webgateway/render_thumbnail/1/",
    "/webadmin/myaccount/",
    "/api/v0/m/projects/",
    "/gallery/",
    "/figure/",
    "/tagsearch/",
    "/no/such/page",
)
# From when Redis answers until everybody has pages again; a page asks anew each three seconds.
BACK_SECONDS = 5


class Site:
    """A site with a plugin database, whose Redis and database a test may stop."""

    def __init__(self, folder: Path, database: Path, stack: ExitStack, own_site: OwnSite) -> None:
        self.folder, self._database = folder, database
        self._postgres, self._redis = ExitStack(), ExitStack()
        stack.callback(self._postgres.close)
        stack.callback(self._redis.close)
        self.postgres = self._postgres.enter_context(local_services.postgres(database))
        self.keys = Fernet.generate_key().decode()
        (folder / "keys").write_text(self.keys)
        self.site = own_site(
            data="demo",
            WEB_APPS="gallery,figure,tagsearch",
            PLUGIN_KEYS_FILE=str(folder / "keys"),
            **database_variables(self.postgres, folder),
        )
        self.url = self.site.url
        self.redis = self.site.redis

    def client(self) -> redis.Redis:
        return redis.Redis("127.0.0.1", self.redis.port, 1, self.redis.password)

    def sessions(self) -> list[bytes]:
        """Names of the keys that Redis has of sessions."""
        return [key for key in self.client().scan_iter() if b"contrib.sessions" in key]

    def copies(self) -> list[dict[str, Any]]:
        """The rows with sessions; the database's number of the transaction that wrote each."""
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=self.postgres.port,
            dbname="omero",
            user="omero",
            password=self.postgres.password,
        )
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("select name, content, xmin::text from omero_web_sessions")
                names = ("name", "content", "written")
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            connection.close()

    def log_in(self, visitor: Any) -> Any:
        """With a session that has been used, and its copy."""
        before = len(self.copies()) if self.has_table() else 0
        assert visitor.log_in(self.site.standin.password).url.path == "/webclient/"
        assert visitor.is_logged_in
        until(lambda: self.has_table() and len(self.copies()) > before)
        return visitor

    def has_table(self) -> bool:
        try:
            self.copies()
        except psycopg2.errors.UndefinedTable:
            return False
        return True

    def stop_redis(self) -> None:
        self.redis.process.terminate()
        self.redis.process.wait(20)

    def start_redis(self) -> None:
        """Empty, in the same place."""
        self.redis = self._redis.enter_context(local_services.redis(self.folder, again=self.redis))

    def lose_redis(self) -> None:
        self.stop_redis()
        self.start_redis()

    def stop_database(self) -> None:
        self._postgres.close()

    def start_database(self) -> None:
        """With its data."""
        self.postgres = self._postgres.enter_context(
            local_services.postgres(self._database, again=self.postgres)
        )


def is_logged_in(visitor: Any) -> bool:
    """Whether the start page is there, and not the login form or a page about waiting."""
    page = visitor.get("/webclient/")
    return (page.status_code, page.url.path) == (200, "/webclient/")


def both_processes_are_back(visitor: Any) -> bool:
    """Each of the two notices for itself; requests go to either."""
    return all(is_logged_in(visitor) for _ in range(8))


@pytest.fixture(scope="module")
def lab(own_site_of_module: OwnSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests here; each leaves it as it was."""
    with local_services.folder_for_postgres() as database, ExitStack() as stack:
        yield Site(tmp_path_factory.mktemp("away"), database, stack, own_site_of_module)


def test_every_page_waits_and_nobody_is_logged_out(
    lab: Site, new_visitor: Callable[[str], Any]
) -> None:
    stranger, *visitors = (new_visitor(lab.url) for _ in range(4))
    for visitor in visitors:
        lab.log_in(visitor)
    cookies = [visitor.cookies["sessionid"] for visitor in visitors]
    lab.stop_redis()
    for visitor in (visitors[0], stranger):
        for path in PAGES:
            page = visitor.get(path, headers={"Accept": http_clients.CHROME})
            assert (page.status_code, page.headers.get("retry-after")) == (503, "3"), path
            # Addresses of scripts answer in JSON.
            assert "refresh content=3>" in page.text or page.json()["code"] == "redis_away", path
            assert "sessionid" not in page.headers.get("set-cookie", ""), path
    script = visitors[0].get("/webclient/", headers={"X-Requested-With": "XMLHttpRequest"})
    assert (script.status_code, script.json()["code"]) == (503, "redis_away")
    assert stranger.get("/healthz/live").status_code == 200
    lab.start_redis()
    until(lambda: both_processes_are_back(visitors[0]), BACK_SECONDS)
    assert [is_logged_in(visitor) for visitor in visitors] == [True] * 3
    assert [visitor.cookies["sessionid"] for visitor in visitors] == cookies
    assert not stranger.is_logged_in
    assert len(lab.sessions()) == 3


def test_who_reads_the_database_gets_no_session(
    lab: Site, new_visitor: Callable[[str], Any]
) -> None:
    visitor = lab.log_in(new_visitor(lab.url))
    key = visitor.cookies["sessionid"]
    (stored,) = (name for name in lab.sessions() if name.endswith(key.encode()))
    # Of a Redis that this test started.
    kept = pickle.loads(lab.client().get(stored))  # type: ignore[arg-type] # noqa: S301
    omero_session = kept["content"]["connector"]["omero_session_key"]
    copies = lab.copies()
    box = SecretBox([lab.keys])
    assert any(omero_session in box.decrypt(copy["content"]) for copy in copies)
    assert key not in str(copies)
    assert omero_session not in str(copies)


def test_a_page_view_writes_no_copy(lab: Site, new_visitor: Callable[[str], Any]) -> None:
    visitor = lab.log_in(new_visitor(lab.url))
    visitor.get("/webclient/userdata/")

    def written() -> set[str]:
        return {copy["written"] for copy in lab.copies()}

    # The thread has written all of it when what a later login wrote is there.
    lab.log_in(new_visitor(lab.url))
    before = written()
    for path in ("/webclient/userdata/", "/webclient/api/containers/", "/webclient/userdata/") * 3:
        assert visitor.get(path).status_code == 200
    lab.log_in(new_visitor(lab.url))
    assert before <= written()
    # Another user's data is looked at: that is part of the session.
    visitor.get("/webclient/userdata/?experimenter=-1")
    until(lambda: not before <= written())


def test_a_session_that_ended_has_no_copy(lab: Site, new_visitor: Callable[[str], Any]) -> None:
    visitor = lab.log_in(new_visitor(lab.url))
    key, count = visitor.cookies["sessionid"], len(lab.copies())
    visitor.submit("/webclient/logout/")
    until(lambda: len(lab.copies()) == count - 1)
    lab.lose_redis()
    visitor.cookies.set("sessionid", key)
    assert not visitor.is_logged_in


def test_without_redis_and_database_users_wait_for_both(
    lab: Site, new_visitor: Callable[[str], Any]
) -> None:
    """As when the machine restarts on which both ran."""
    visitor, other = lab.log_in(new_visitor(lab.url)), new_visitor(lab.url)
    count = len(lab.copies())
    lab.stop_database()
    lab.lose_redis()
    page = visitor.get("/webclient/")
    assert (page.status_code, "sessionid" in page.headers.get("set-cookie", "")) == (503, False)
    # Who has no session has none to wait for, and the database is not needed for one.
    assert other.log_in(lab.site.standin.password).url.path == "/webclient/"
    assert other.is_logged_in
    lab.start_database()
    until(lambda: is_logged_in(visitor))
    # The other's copy is written later.
    until(lambda: len(lab.copies()) > count)
    lab.lose_redis()
    until(lambda: both_processes_are_back(other))


def test_a_frozen_redis_stops_few(lab: Site, new_visitor: Callable[[str], Any]) -> None:
    visitor = lab.log_in(new_visitor(lab.url))
    lab.redis.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        seen = [visitor.get("/webclient/").status_code for _ in range(40)]
        # Each would wait for four seconds and more if it asked.
        assert time.monotonic() - began < 80
        assert seen == [503] * 40
        # The kubelet waits for five seconds: no pod is taken out of service for want of an answer.
        assert visitor.get("/healthz", timeout=4).json()["redis"] == "unreachable"
    finally:
        lab.redis.process.send_signal(signal.SIGCONT)
    until(lambda: both_processes_are_back(visitor), BACK_SECONDS)


def test_a_full_redis_keeps_nobody_out(lab: Site, new_visitor: Callable[[str], Any]) -> None:
    visitors = [lab.log_in(new_visitor(lab.url)) for _ in range(3)]
    client = lab.client()
    used = int(client.info("memory")["used_memory"])
    client.config_set("maxmemory-policy", "volatile-lfu")
    client.config_set("maxmemory", used + 4 * 1024 * 1024)
    try:
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            for number in range(10_000):
                client.set(f"endless-{number}", "x" * 10_000)
        # Nothing fits any more, however small.
        client.config_set("maxmemory", used)
        assert lab.sessions() == [], "Redis has removed what it may"
        health = visitors[0].get("/healthz")
        assert (health.status_code, health.json()["redis"]) == (200, "takes no writes")
        assert [is_logged_in(visitor) for visitor in visitors] == [True] * 3
        late = new_visitor(lab.url)
        assert late.log_in(lab.site.standin.password).url.path == "/webclient/"
        assert is_logged_in(late)
    finally:
        client.config_set("maxmemory", 0)
        client.flushdb()
    assert is_logged_in(late)
    assert visitors[0].get("/healthz").json()["redis"] == "ok"
    assert len(lab.sessions()) == 1
