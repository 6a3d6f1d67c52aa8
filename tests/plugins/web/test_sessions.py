"""Sessions: any process can answer, an upgrade forgets them once, every key ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import redis

import local_services
from forwarder import Forwarder

DAY = 86_400  # seconds
FORGET = """
import sys
sys.stdin.readline()
from omero_web_container.sessions import forget_other_versions
print(forget_other_versions())
"""


def _client(site: Any, database: int) -> redis.Redis:
    return redis.Redis("127.0.0.1", site.redis.port, database, site.redis.password)


def test_two_processes_share_a_session(site: Any, visitor: Any, tmp_path: Path) -> None:
    with local_services.web_beside(site, tmp_path) as other:
        visitor.base_url = other.url
        assert visitor.is_logged_in
    visitor.base_url = site.url
    assert visitor.is_logged_in


def test_a_worker_that_dies_takes_no_session_along(site: Any, visitor: Any) -> None:
    children = Path(
        f"/proc/{site.web.process.pid}/task/{site.web.process.pid}/children"
    ).read_text()
    workers = [int(pid) for pid in children.split()]
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    assert all(visitor.is_logged_in for _ in range(4))


def test_silent_connections_to_redis_cost_a_moment_and_no_login(
    site: Any, tmp_path: Path, new_visitor: Callable[[str], Any]
) -> None:
    """As after the end of the node or pod that Redis ran on."""
    with (
        Forwarder(site.redis.port) as redis_address,
        local_services.web_beside(site, tmp_path, REDIS_PORT=str(redis_address.port)) as beside,
        ThreadPoolExecutor(8) as people,
    ):
        visitors = [new_visitor(beside.url) for _ in range(8)]
        logins = people.map(lambda each: each.log_in(site.standin.password), visitors)
        assert [each.url.path for each in logins] == ["/webclient/"] * 8
        assert redis_address.silence() > 0
        pages = list(people.map(lambda each: each.get("/webclient/"), visitors))
    seen = [(page.status_code, page.url.path) for page in pages]
    assert seen == [(200, "/webclient/")] * 8


def test_every_key_ends_and_belongs_to_this_version(site: Any, visitor: Any) -> None:
    visitor.get("/webgateway/luts_png/")
    visitor.get("/mapr/favicon/?u=https://example.org/a")
    cache = _client(site, 1)
    keys = list(cache.scan_iter())
    assert any(key.startswith(b"web-development:") for key in keys)
    # What plugins store themselves, every version reads: counts of requests, checks that run,
    # since when a server is unavailable (for a week).
    longest = {b"web-development": DAY, b"rate_limit": DAY, b"omeroweb_admin_tools": 7 * DAY}
    ended, never = -2, -1
    for key in keys:
        left = cache.pttl(key)
        assert left != never, key
        assert left == ended or left <= 1000 * longest[key.partition(b":")[0]], key


def test_what_is_stored_without_an_end_gets_one(site: Any, tmp_path: Path) -> None:
    code = """
import django
django.setup()
from django.core.cache import cache
cache.set("a", 1, None)
cache.add("b", 1, None)
cache.set_many({"c": 1}, None)
print([0 < cache.ttl(key) <= 86400 for key in "abc"])
cache.delete_many("abc")
"""
    environment = local_services.python_environment(
        **site.environment, DJANGO_SETTINGS_MODULE="omero_web_container.django_settings"
    )
    printed = local_services.python(code, tmp_path / "log", environment)
    assert printed.splitlines()[-1] == "[True, True, True]"


def test_a_page_that_ends_after_the_logout_brings_no_session_back(
    site: Any, tmp_path: Path
) -> None:
    code = """
import django
django.setup()
from django.contrib.sessions.backends.base import UpdateError
from omero_web_container.session_store import SessionStore
first = SessionStore()
first["user"] = "ada"
first.save()
slow = SessionStore(first.session_key)
assert slow["user"] == "ada"
slow["page"] = 1
slow.save()
first.delete()
try:
    slow.save()
    print("saved")
except UpdateError:
    print("refused")
print(SessionStore(first.session_key).load())
"""
    environment = local_services.python_environment(
        **site.environment, DJANGO_SETTINGS_MODULE="omero_web_container.django_settings"
    )
    printed = local_services.python(code, tmp_path / "log", environment)
    assert printed.splitlines()[-2:] == ["refused", "{}"]


def test_an_upgrade_forgets_sessions_once(tmp_path: Path) -> None:
    with local_services.redis(tmp_path) as service:
        password = tmp_path / "password"
        password.write_text(service.password)
        environment = {
            "REDIS_HOST": "127.0.0.1",
            "REDIS_PORT": str(service.port),
            "REDIS_PASSWORD_FILE": str(password),
        }
        cache = redis.Redis("127.0.0.1", service.port, 1, service.password)

        assert _race(environment, "1.0", 1) == [True]
        cache.set("web-1.0:1:session", "old", ex=1000)
        cache.set(":1:session of a release without versions", "older", ex=1000)
        assert _race(environment, "1.0", 2) == [False, False]
        assert cache.dbsize() == 2

        # A pod of the new version may have served somebody before another one starts.
        cache.set("web-1.1:1:session", "new", ex=1000)
        assert sorted(_race(environment, "1.1", 4)) == [False, False, False, True]
        assert cache.keys() == [b"web-1.1:1:session"]
        assert _race(environment, "1.1", 1) == [False]


def _race(environment: dict[str, str], version: str, count: int) -> list[bool]:
    """Several pods of one version start at the same moment: which of them forget?"""
    variables = local_services.python_environment(**environment, OMERO_WEB_IMAGE_VERSION=version)
    pods = [
        subprocess.Popen(
            [sys.executable, "-c", FORGET],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    for pod in pods:
        assert pod.stdin is not None
        pod.stdin.write("go\n")
        pod.stdin.flush()
    said = [pod.communicate(timeout=60)[0].strip() for pod in pods]
    return [json.loads(text.lower()) for text in said]


def test_after_an_upgrade_users_log_in_again(
    tmp_path: Path, own_site: Callable[..., Any], new_visitor: Callable[[str], Any]
) -> None:
    site = own_site(OMERO_WEB_IMAGE_VERSION="1.0")
    visitor = new_visitor(site.url)
    visitor.log_in(site.standin.password)
    assert visitor.is_logged_in
    with local_services.web_beside(site, tmp_path, OMERO_WEB_IMAGE_VERSION="1.1") as upgraded:
        visitor.base_url = upgraded.url
        answer = visitor.get("/webclient/")
        assert (answer.status_code, answer.url.path) == (200, "/webclient/login/")
        visitor.log_in(site.standin.password)
        assert visitor.is_logged_in
