"""The entry point of the image `omero-web`: commands, defaults, prefix, notice, probe."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from omero_platform_notice.templatetags.omero_platform_notice import notice, server_version
from omero_web_container import bootstrap, cli, config_files, front, smoke, web, worker
from omero_web_container.wsgi import without_prefix

from omero_plugin_common.env_utils import EnvironmentProblem


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the operator sets."""
    (tmp_path / "key").write_text("the-secret-key")
    (tmp_path / "redis").write_text("the-redis-password")
    values = {
        "OMERO_HOST": "demo-server",
        "REDIS_HOST": "demo-redis",
        "OMERO_WEB_SECRET_KEY_FILE": str(tmp_path / "key"),
        "REDIS_PASSWORD_FILE": str(tmp_path / "redis"),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    for name in ("WEB_WORKERS", "WORKER_CONCURRENCY", "WORKER_QUEUES", "OMERO_PORT", "TZ"):
        monkeypatch.delenv(name, raising=False)
    return values


@pytest.mark.usefixtures("environment")
def test_gunicorn_listens_where_the_service_points_and_leaves_the_log_to_us() -> None:
    command = web.gunicorn_command({})
    assert command[command.index("--bind") + 1] in ("[::]:4080", "0.0.0.0:4080")
    assert command[command.index("--workers") + 1] == "2"
    assert "--access-logfile" not in command
    assert "python:omero_web_container.gunicorn_settings" in command


@pytest.mark.usefixtures("environment")
def test_the_site_may_set_the_time_a_request_may_take() -> None:
    command = web.gunicorn_command({"omero.web.wsgi_timeout": "300"})
    assert command[command.index("--timeout") + 1] == "300"


@pytest.mark.usefixtures("environment")
def test_the_site_may_set_the_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    command = web.gunicorn_command({"omero.web.wsgi_workers": "5"})
    assert command[command.index("--workers") + 1] == "5"
    monkeypatch.setenv("WEB_WORKERS", "3")
    command = web.gunicorn_command({})
    assert command[command.index("--workers") + 1] == "3"


@pytest.mark.usefixtures("environment")
def test_behind_a_front_gunicorn_listens_for_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONT_FOLDER", "/run/omero-web")
    command = web.gunicorn_command({})
    assert command[command.index("--bind") + 1] == "unix:/run/omero-web/gunicorn.sock"


@pytest.mark.usefixtures("environment")
def test_the_arguments_of_the_site_come_last() -> None:
    text = "--limit-request-line 8190 -t 90 --workers=5"
    command = web.gunicorn_command({"omero.web.wsgi_args": text})
    assert command[-5:] == ["--limit-request-line", "8190", "-t", "90", "--workers=5"]
    assert web.gunicorn_command({})[-1] == "--preload"


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("--bind 0.0.0.0:80", "--bind cannot be set; allowed are"),
        ("-b :80", "--bind cannot be set; allowed are"),
        ("--worker-class gevent", "--worker-class cannot be set; allowed are"),
        ("--daemon", "--daemon cannot be set; allowed are"),
        ("--no-such-thing 1", "unrecognized arguments: --no-such-thing 1"),
        ("--help", "unrecognized arguments: --help"),
        ("other:application", "unrecognized arguments: other:application"),
        ("--workers many", "argument -w/--workers: invalid"),
        ("--workers '5", "No closing quotation"),
    ],
)
def test_another_argument_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(config_files.CannotStart, match=r"omero\.web\.wsgi_args: ") as caught:
        web.gunicorn_command({"omero.web.wsgi_args": text})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("FRONT_MAX_REQUEST_BYTES", "100", "spec.web.front.maxRequestSize"),
        ("FRONT_TRUSTED_PROXIES", "10.0.0.1/8", "spec.web.front.trustedProxies"),
        ("PUBLIC_URL", "/a;b", "spec.web.publicUrl"),
    ],
)
def test_a_front_that_cannot_be_as_asked_names_the_field(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv("FRONT_FOLDER", str(tmp_path))
    monkeypatch.setenv(name, value)
    with pytest.raises(EnvironmentProblem, match=re.escape(message)):
        front.configuration(tmp_path)


def test_only_listed_proxies_are_followed_along_a_chain(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the private networks are people as well, who could name anybody before themselves."""
    monkeypatch.setenv("FRONT_FOLDER", str(tmp_path))
    nearest = front.configuration(tmp_path)
    assert "set_real_ip_from 10.0.0.0/8;" in nearest
    assert "real_ip_recursive off;" in nearest
    monkeypatch.setenv("FRONT_TRUSTED_PROXIES", "192.0.2.7/32, 2001:db8::/64")
    chain = front.configuration(tmp_path)
    found = re.findall(r"set_real_ip_from (\S+);", chain)
    assert found == ["192.0.2.7/32", "2001:db8::/64"]
    assert "real_ip_recursive on;" in chain


@pytest.mark.parametrize(
    ("public_url", "path", "passes"),
    [
        ("https://a.org/", "/omeroweb_upload/", True),
        ("https://a.org/", "/omeroweb_upload", True),
        ("https://a.org/", "/lab/omeroweb_upload/", False),
        ("https://a.org/lab/", "/lab/omeroweb_upload/start/", True),
        # A proxy may take the prefix off.
        ("https://a.org/lab/", "/omeroweb_upload/start/", True),
        ("https://a.org/lab/", "/lab/webclient/", False),
        ("https://a.org/lab/", "/lab/omeroweb_uploads/", False),
    ],
)
def test_pods_of_one_application_know_the_sites_path(
    public_url: str,
    path: str,
    passes: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("FRONT_FOLDER", str(tmp_path))
    monkeypatch.setenv("PUBLIC_URL", public_url)
    monkeypatch.setenv("FRONT_ONLY", "/omeroweb_upload")
    rules = set(
        re.findall(r'if \(\$uri !~ "(.+)"\) { return 404; }', front.configuration(tmp_path))
    )
    (rule,) = rules
    assert bool(re.search(rule, path)) == passes
    monkeypatch.delenv("FRONT_ONLY")
    assert "$uri !~" not in front.configuration(tmp_path)


@pytest.mark.usefixtures("environment")
def test_no_secret_is_in_an_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_QUEUES", "celery,imports")
    words = " ".join(web.gunicorn_command({}) + worker.celery_command())
    assert "the-secret-key" not in words
    assert "the-redis-password" not in words
    assert "--queues celery,imports" in words


@pytest.mark.usefixtures("environment")
def test_jobs_that_wait_for_other_servers_are_threads_of_another_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NETWORK_WORKER_CONCURRENCY", "3")
    words = " ".join(worker.network_command())
    assert "--concurrency 3 --queues network --hostname network-worker@%h" in words
    assert words.endswith("--pool threads")
    assert "--queues default --hostname worker@%h" in " ".join(worker.celery_command())


OF_FILES = [
    ("import", "imports", "OMERO_WEB_UPLOAD_DIR", "spec.web.uploads.storage"),
    ("export", "exports", "OMERO_IMS_EXPORT_DIR", "spec.imaris.storage"),
]


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("name", "queue", "variable", "_field"), OF_FILES)
def test_jobs_with_files_have_a_worker_that_makes_their_folder(
    name: str,
    queue: str,
    variable: str,
    _field: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv(f"{name.upper()}_WORKER_CONCURRENCY", "3")
    monkeypatch.setenv(variable, str(tmp_path / "files"))
    command = getattr(worker, f"{name}_command")
    words = " ".join(command())
    assert f"--concurrency 3 --queues {queue} --hostname {name}-worker@%h" in words
    assert list((tmp_path / "files").iterdir()) == []
    assert command(), "a folder that is there is used"


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("name", "_queue", "variable", "field"), OF_FILES)
def test_without_a_volume_nothing_waits_for_files(
    name: str,
    _queue: str,
    variable: str,
    field: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for each in ("PYTHONPATH", "PLUGIN_PACKAGES"):
        monkeypatch.setenv(each, os.environ.get(each, ""))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    folder = tmp_path / "no volume" / "files"
    monkeypatch.setenv(variable, str(folder))
    assert cli.main([f"{name}-worker"]) == 1
    told = capsys.readouterr().err
    assert f"omero-web-container {name}-worker: {folder} cannot be written" in told
    assert f"it is on the volume of {field}" in told


def test_files_have_one_process_with_a_thread_for_each_stream_and_some_for_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FRONT_STREAMS", "20")
    of_the_web = {
        "omero.web.wsgi_workers": "5",
        "omero.web.wsgi_threads": "3",
        "omero.web.wsgi_args": "--workers 7 --max-requests 10",
        "omero.web.application_server.max_requests": "10",
        "omero.web.wsgi_timeout": "300",
    }
    words = " ".join(web.files_command(of_the_web))
    assert "--workers 1 --threads 28" in words
    assert "--timeout 300 --max-requests 0" in words
    assert words.endswith("--preload")


@pytest.mark.usefixtures("environment")
def test_a_worker_can_be_ended_while_celery_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Process 1 of a container gets no signal that it does not handle."""
    for name in ("PYTHONPATH", "PLUGIN_PACKAGES"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    handled: list[Any] = []
    celery = ModuleType("celery.__main__")
    monkeypatch.setattr(
        celery, "main", lambda: handled.append(signal.getsignal(signal.SIGTERM)), raising=False
    )
    monkeypatch.setitem(sys.modules, "celery.__main__", celery)
    monkeypatch.setattr(sys, "argv", [])
    before = signal.getsignal(signal.SIGTERM)
    try:
        worker.run(worker.celery_command)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert handled == [worker._end]
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    worker._end(signal.SIGTERM, None)
    assert ended == [0]


@pytest.mark.parametrize("missing", ["OMERO_HOST", "REDIS_HOST", "OMERO_WEB_SECRET_KEY_FILE"])
def test_a_missing_variable_is_one_message(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    missing: str,
) -> None:
    assert missing in environment
    monkeypatch.delenv(missing)
    monkeypatch.setenv("OMERODIR", str(tmp_path / "var"))
    assert cli.main(["web"]) == 1
    assert f"omero-web-container web: {missing} is not set" in capsys.readouterr().err


def test_an_unknown_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve"]) == 2
    assert (
        "web | uploads | exports | front | worker | network-worker | import-worker | "
        "export-worker | exporter | bootstrap | smoke | memo-files | quotas | "
        "collect-static | redis-ready" in capsys.readouterr().err
    )


@pytest.mark.usefixtures("environment")
def test_defaults_name_the_server_and_call_nobody() -> None:
    defaults = config_files.defaults()
    assert json.loads(defaults["omero.web.server_list"]) == [["demo-server", 4064, "omero"]]
    assert defaults["omero.web.secure"] == "true"
    assert defaults["omero.web.upgrades.url"] == ""
    assert "omero.web.time_zone" not in defaults


@pytest.mark.usefixtures("environment")
def test_defaults_follow_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """OMERO.web would show the times of London."""
    monkeypatch.setenv("PLATFORM_NAME", "microscopy/lab")
    monkeypatch.setenv("OMERO_PORT", "14064")
    monkeypatch.setenv("TZ", "Europe/Zurich")
    defaults = config_files.defaults()
    assert json.loads(defaults["omero.web.server_list"]) == [["demo-server", 14064, "lab"]]
    assert defaults["omero.web.time_zone"] == "Europe/Zurich"


@pytest.mark.parametrize(
    ("prefix", "path", "seen"),
    [
        ("", "/webclient/", "/webclient/"),
        ("/omero", "/omero/webclient/", "/webclient/"),
        ("omero/", "/omero", "/"),
        ("/omero", "/api/", "/api/"),
        ("/omero", "/omeroweb/", "/omeroweb/"),
    ],
)
def test_the_prefix_is_taken_off_and_not_needed(prefix: str, path: str, seen: str) -> None:
    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        return [environ["PATH_INFO"].encode()]

    answer = without_prefix(application, prefix)({"PATH_INFO": path}, lambda *_: None)
    assert b"".join(answer).decode() == seen


@pytest.mark.parametrize(
    ("prefix", "seen"),
    [
        ("/omero", {"sessionid=own", "csrftoken=a", "theme=dark=1"}),
        ("", {"sessionid=own", "csrftoken=a", "theme=dark=1", "sessionid=other"}),
    ],
)
def test_below_a_path_the_cookie_of_the_longer_path_counts(prefix: str, seen: set[str]) -> None:
    def application(environ: dict[str, Any], _: Any) -> list[bytes]:
        return [environ["HTTP_COOKIE"].encode()]

    cookies = "sessionid=own; csrftoken=a; theme=dark=1; sessionid=other"
    environ = {"PATH_INFO": "/omero/", "HTTP_COOKIE": cookies}
    (answer,) = without_prefix(application, prefix)(environ, lambda *_: None)
    assert set(answer.decode().split("; ")) == seen


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("docker.io/openmicroscopy/omero-server:5.6.16", "5.6.16"),
        ("localhost:5000/omero-server", ""),
        ("registry/omero-server:5.6.16@sha256:abc", "5.6.16"),
        ("registry/omero-server@sha256:abc", ""),
    ],
)
def test_the_version_is_the_tag(image: str, version: str) -> None:
    assert server_version(image) == version


def test_a_stand_in_is_called_one() -> None:
    assert notice("localhost/omero-platform/omero-standin:abc", "demo/omero")["standin"]
    assert not notice("docker.io/openmicroscopy/omero-server:5.6.16", "demo/omero")["standin"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json", "cannot be read"),
        ("[]", 'must be an object with a list "groups"'),
        ('{"groups": [{"permissions": "rw----"}]}', "groups[0] in the bootstrap file has no name"),
        ('{"groups": [{"name": "lab", "permissions": "rwx"}]}', "group lab: permissions 'rwx'"),
    ],
)
def test_a_wrong_bootstrap_file_says_where(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bootstrap.json"
    path.write_text(content)
    with pytest.raises(bootstrap.Failed) as caught:
        bootstrap.wanted_groups(path)
    assert message in str(caught.value)


def test_a_smoke_test_without_an_answer_says_so_in_the_termination_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "termination-log"
    (tmp_path / "password").write_text("secret\n")
    monkeypatch.setenv("TERMINATION_LOG", str(log))
    monkeypatch.setenv("JOB_SERVICE_USER", "job-service")
    monkeypatch.setenv("JOB_SERVICE_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("OMERO_HOST", "127.0.0.1")
    monkeypatch.setenv("OMERO_PORT", "1")
    monkeypatch.setenv("BOOTSTRAP_WAIT_SECONDS", "0")
    assert smoke.run() == 1
    assert "OMERO.server on 127.0.0.1:1" in json.loads(log.read_text())["error"]


def test_a_bootstrap_that_fails_says_so_in_the_termination_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "termination-log"
    monkeypatch.setenv("TERMINATION_LOG", str(log))
    monkeypatch.setenv("BOOTSTRAP_FILE", str(tmp_path / "absent.json"))
    assert bootstrap.run() == 1
    assert "absent.json cannot be read" in json.loads(log.read_text())["error"]
