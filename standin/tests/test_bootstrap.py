"""The bootstrap of a new site, run as in its Job, against the stand-in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from omero.gateway import BlitzGateway

import local_services


@pytest.fixture
def server(tmp_path: Path) -> Iterator[local_services.Service]:
    """A fresh stand-in."""
    with local_services.standin(tmp_path) as running:
        yield running


@pytest.fixture
def bootstrap(
    tmp_path: Path, server: local_services.Service
) -> Callable[..., tuple[int, Any, str]]:
    """Runs it for some groups; gives exit code, termination message and output."""

    def run(*groups: dict[str, str], job: str = "job-pw", root: str = "") -> tuple[int, Any, str]:
        (tmp_path / "bootstrap.json").write_text(json.dumps({"groups": groups}))
        (tmp_path / "root").write_text(root or server.password)
        (tmp_path / "job").write_text(job)
        log = tmp_path / "termination-log"
        environment = local_services.python_environment(
            OMERO_HOST="127.0.0.1",
            OMERO_PORT=str(server.port),
            OMERO_ROOT_USER="root",
            OMERO_ROOT_PASSWORD_FILE=str(tmp_path / "root"),
            JOB_SERVICE_USER="job-service",
            JOB_SERVICE_PASSWORD_FILE=str(tmp_path / "job"),
            BOOTSTRAP_FILE=str(tmp_path / "bootstrap.json"),
            BOOTSTRAP_WAIT_SECONDS="0",
            TERMINATION_LOG=str(log),
        )
        command = [sys.executable, "-m", "omero_web_container", "bootstrap"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert log.exists(), done.stderr
        return done.returncode, json.loads(log.read_text()), done.stdout + done.stderr

    return run


def test_a_new_site_has_its_accounts_and_nothing_else(
    bootstrap: Any, server: local_services.Service
) -> None:
    """People and images of the demo come by a Job that only the demo applies."""
    assert bootstrap()[0] == 0
    root = BlitzGateway("root", server.password, host="127.0.0.1", port=server.port, secure=True)
    assert root.connect()
    everywhere = {"omero.group": "-1"}
    query = root.getQueryService()
    users = query.projection("select e.omeName from Experimenter e", None, everywhere)
    assert {row[0].val for row in users} == {"root", "guest", "job-service"}
    groups = query.projection("select g.name from ExperimenterGroup g", None, everywhere)
    assert {row[0].val for row in groups} == {"system", "user", "guest"}
    for kind in ("Project", "Dataset", "Screen", "Plate", "Image", "Annotation"):
        count = query.projection(f"select count(o.id) from {kind} o", None, everywhere)  # noqa: S608
        assert count[0][0].val == 0, kind
    root.close()


def test_twice_is_the_same_as_once(bootstrap: Any, server: local_services.Service) -> None:
    lab = {"name": "lab", "permissions": "rwra--", "description": "our lab"}
    code, first, _ = bootstrap(lab)
    assert code == 0
    assert first["groups"] == {"created": ["lab"], "existing": []}
    assert first["jobService"] == "created"
    assert "standin" in first["serverVersion"]

    code, second, _ = bootstrap(lab, {"name": "other", "permissions": "rw----"})
    assert code == 0
    assert second["groups"] == {"created": ["other"], "existing": ["lab"]}
    assert second["jobService"] == "present"

    gateway = BlitzGateway("job-service", "job-pw", host="127.0.0.1", port=server.port, secure=True)
    assert gateway.connect()
    assert list(gateway.getCurrentAdminPrivileges()) == ["Sudo"]
    gateway.close()


def test_the_password_of_the_job_service_is_that_of_its_secret(
    bootstrap: Any, server: local_services.Service
) -> None:
    bootstrap()
    bootstrap(job="rotated")
    gateway = BlitzGateway(
        "job-service", "rotated", host="127.0.0.1", port=server.port, secure=True
    )
    assert gateway.connect()
    gateway.close()


def test_differing_permissions_are_reported_and_left(bootstrap: Any) -> None:
    bootstrap({"name": "lab", "permissions": "rwra--"})
    code, result, _ = bootstrap({"name": "lab", "permissions": "rw----"})
    assert code == 0
    assert result["groups"]["differing"] == [{"name": "lab", "has": "rwra--", "wanted": "rw----"}]


def test_a_wrong_root_password_says_what_to_do(bootstrap: Any) -> None:
    code, result, output = bootstrap(root="not-the-password")
    assert code == 1
    assert "refused the password of root" in result["error"]
    assert "not-the-password" not in output


def test_no_password_is_printed(bootstrap: Any, server: local_services.Service) -> None:
    _, _, output = bootstrap({"name": "lab", "permissions": "rw----"}, job="the-job-password")
    assert server.password not in output
    assert "the-job-password" not in output


def test_a_server_that_is_not_there_is_named(
    bootstrap: Any, server: local_services.Service
) -> None:
    server.process.terminate()
    server.process.wait(10)
    code, result, _ = bootstrap()
    assert code == 1
    assert f"127.0.0.1:{server.port} does not answer" in result["error"]
