"""The demo's passwords and its Job, against a kubectl that is made up."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from omero_ci import demo, demo_data, try_it
from omero_ci.kubectl import Kubectl
from tools.common.errors import CommandError

EVERYBODY = {try_it.SCIENTIST, *try_it.OTHERS}


class Cluster(Kubectl):
    """Has a server, at most one Secret and one Job, and keeps what it was asked."""

    def __init__(self, secret: dict[str, str] | None = None, ends: str = "Complete") -> None:
        super().__init__(Path("kubeconfig"))
        self.__dict__ |= {"secret": secret, "ends": ends, "asked": [], "sent": []}

    def run(self, *arguments: str, text: str | None = None) -> str:
        self.__dict__["asked"].append(arguments)
        self.__dict__["sent"].append(text)
        match arguments:
            case ("get", "secret", *_):
                known = self.__dict__["secret"]
                return "" if known is None else json.dumps({"data": known})
            case ("apply", *_):
                assert text is not None
                self.__dict__["secret"] = json.loads(text)["data"]
            case ("set", "image", *_):
                return json.dumps({"kind": "Job", "image": arguments[-3]})
            case ("logs", *_):
                return "the data is complete\n"
            case ("events", *_):
                return "BackoffLimitExceeded"
        return ""

    def get(self, namespace: str, *what: str) -> dict[str, Any]:
        if what[0] == "statefulset":
            containers = [{"image": "localhost/omero-standin:1"}]
            return {"spec": {"template": {"spec": {"containers": containers}}}}
        if what[0] == "omeroplatform":
            return {
                "status": {
                    "rootCredentialsSecret": "demo-root-credentials",
                    "url": "http://omero.localhost:8080/",
                    "version": "omero-standin:1",
                }
            }
        return {"status": {"conditions": [{"type": self.__dict__["ends"], "status": "True"}]}}


def decoded(cluster: Cluster) -> dict[str, str]:
    """Passwords by name."""
    data: dict[str, str] = cluster.__dict__["secret"]
    return {name: base64.b64decode(value).decode() for name, value in data.items()}


def test_everybody_gets_a_password_of_their_own() -> None:
    cluster = Cluster()
    assert demo_data.make_data(cluster, "omero-demo") == "the data is complete"
    passwords = decoded(cluster)
    assert passwords.keys() == EVERYBODY
    assert len(set(passwords.values())) == len(EVERYBODY)
    assert all(len(each) >= 24 and each.isalnum() for each in passwords.values())
    # In no argument, where every user of the machine could read them.
    said = json.dumps([list(arguments) for arguments in cluster.__dict__["asked"]])
    values = [*passwords.values(), *cluster.__dict__["secret"].values()]
    assert not [value for value in values if value in said]


def test_who_has_a_password_keeps_it() -> None:
    kept = {name: base64.b64encode(b"kept").decode() for name in EVERYBODY - {"ben"}}
    cluster = Cluster(kept)
    demo_data.make_data(cluster, "omero-demo")
    passwords = decoded(cluster)
    assert passwords.pop("ben") != "kept"
    assert set(passwords.values()) == {"kept"}
    cluster = Cluster(cluster.__dict__["secret"])
    demo_data.make_data(cluster, "omero-demo")
    assert not [asked for asked in cluster.__dict__["asked"] if asked[0] == "apply"]


def test_the_job_has_the_image_of_the_server_and_is_made_anew() -> None:
    cluster = Cluster()
    demo_data.make_data(cluster, "omero-demo")
    verbs = [asked[0] for asked in cluster.__dict__["asked"]]
    assert verbs.index("delete") < verbs.index("create")
    (sent,) = [
        json.loads(text)
        for text, asked in zip(cluster.__dict__["sent"], cluster.__dict__["asked"], strict=True)
        if asked[0] == "create" and text
    ]
    assert sent == {"kind": "Job", "image": "demo-data=localhost/omero-standin:1"}


def test_a_job_that_failed_says_what_it_said_and_what_happened() -> None:
    with pytest.raises(CommandError, match=r"failed; it said:\nthe data is complete\nBackoffLimit"):
        demo_data.make_data(Cluster(ends="Failed"), "omero-demo")


def test_the_last_lines_say_who_logs_in_and_what_to_try(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cluster = Cluster()
    demo_data.make_data(cluster, "omero-demo")
    demo._print_result(cluster, "demo")
    said = capsys.readouterr().out
    assert try_it.LINES in said
    # kubectl is found before it is used.
    assert said.index("export KUBECONFIG=") < said.index("kubectl get secret demo-people")
    assert "jsonpath='{.data.dora}' | base64 -d" in said
    assert not [each for each in decoded(cluster).values() if each in said]
