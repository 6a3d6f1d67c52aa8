"""The admin tools read a site with the Role that the operator makes, and nothing else of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omero_operator.identity.kinds import (
    CRON_JOB,
    JOB,
    ROLE,
    ROLE_BINDING,
    SECRET,
    SERVICE_ACCOUNT,
    Kind,
)
from omeroweb_admin_tools import configuration, http_client
from omeroweb_admin_tools.doctor import catalogue
from omeroweb_admin_tools.doctor.run import run
from omeroweb_admin_tools.kubernetes_api import reading
from omeroweb_admin_tools.planning.logs.model import Site
from operator_ring.kube import Kube, wait_until
from operator_ring.shared_site import NAME, SharedSite

NAMES = (ROLE, ROLE_BINDING)


def rights(kube: Kube, namespace: str) -> list[bool]:
    return [kube.get(kind, namespace, f"{NAME}-admin-tools") is not None for kind in NAMES]


def switch(shared: SharedSite, *, on: bool) -> None:
    shared.edit({"web": {"plugins": {"adminTools": {"enabled": on}}}})
    wait_until(lambda: rights(shared.kube, shared.namespace) == [on, on], what=shared.operator.tail)


def new_token(shared: SharedSite, account: str) -> str:
    """One as the kubelet puts it into a pod of this account."""
    path = SERVICE_ACCOUNT.path(shared.namespace, account) + "/token"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token: str = shared.kube.request("POST", path, body)["status"]["token"]
    return token


def test_web_pods_read_the_site_and_no_secret_while_the_plugin_is_on(
    shared: SharedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rights(shared.kube, shared.namespace) == [False, False]
    switch(shared, on=True)
    shared.wait_ready()
    (tmp_path / "ca").write_text(shared.kube.ca)
    (tmp_path / "token").write_text(new_token(shared, f"{NAME}-web"))
    monkeypatch.setenv(configuration.AUTHORITIES, str(tmp_path / "ca"))
    monkeypatch.setenv(configuration.TOKEN, str(tmp_path / "token"))
    api = configuration.KubernetesApi(f"{shared.kube.server}/", Site(shared.namespace, NAME))
    answers = reading.read(api)
    # The ring's API server has no metrics API.
    assert list(answers.failed) == [reading.USAGE]
    assert "404" in answers.failed[reading.USAGE]
    names = {
        what: {each["metadata"]["name"] for each in items} for what, items in answers.found.items()
    }
    assert names[reading.PLATFORM] == {NAME}
    assert {f"{NAME}-web", f"{NAME}-worker"} <= names[reading.DEPLOYMENTS]
    assert f"{NAME}-server" in names[reading.STATEFUL_SETS] & names[reading.CLAIMS]
    assert names[reading.SCHEDULES] == {
        f"{NAME}-{each}" for each in ("vacuum", "reindex", "quotas")
    }
    assert any(name.startswith(f"{NAME}-web-") for name in names[reading.PODS])
    assert names[reading.EVENTS]
    for kind, namespace in ((SECRET, shared.namespace), (Kind("v1", "Pod", "pods"), "kube-system")):
        with pytest.raises(http_client.Failure, match=r"403.*forbidden"):
            http_client.fetch(
                f"{shared.kube.server}{kind.path(namespace)}",
                http_client.Deadline(10),
                headers={"Authorization": f"Bearer {api.token}"},
                authorities=api.authorities,
            )
    # The check of the diagnostics, as in such a pod.
    monkeypatch.setenv(configuration.KUBERNETES, api.url)
    monkeypatch.setenv(configuration.NAMESPACE, shared.namespace)
    monkeypatch.setenv(configuration.INSTANCE, NAME)
    (checked,) = run(catalogue.chosen(catalogue.checks(), ["kubernetes.api"]))
    assert checked.found.outcome == "warning"
    assert f"answers, but not for {reading.USAGE}: " in checked.found.words
    # Another account of the site has no such right.
    (tmp_path / "token").write_text(new_token(shared, f"{NAME}-worker"))
    assert reading.read(api).found == {}
    (checked,) = run(catalogue.chosen(catalogue.checks(), ["kubernetes.api"]))
    assert (checked.found.outcome, "403" in checked.found.words) == ("failed", True)
    switch(shared, on=False)


def test_what_a_report_of_quotas_says_is_in_the_status_while_the_plugin_is_on(
    shared: SharedSite,
) -> None:
    switch(shared, on=True)
    shared.wait_ready()
    kube, name = shared.kube, f"{NAME}-quotas"
    owner = kube.get(CRON_JOB, shared.namespace, name)
    assert owner is not None
    # As `kubectl create job --from=cronjob/NAME` makes one.
    reference = {
        "apiVersion": CRON_JOB.api_version,
        "kind": CRON_JOB.name,
        "name": name,
        "uid": owner["metadata"]["uid"],
        "controller": True,
    }
    template = owner["spec"]["jobTemplate"]
    metadata = {**template["metadata"], "name": f"{name}-now", "namespace": shared.namespace}
    metadata["ownerReferences"] = [reference]
    job = {"apiVersion": JOB.api_version, "kind": JOB.name, "metadata": metadata}
    kube.create(JOB, {**job, "spec": template["spec"]})

    def told() -> dict[str, Any]:
        found: dict[str, Any] = shared.platform()["status"].get("quotas", {})
        return found

    wait_until(lambda: told().get("lastResult") == "Succeeded", what=shared.operator.tail)
    assert told()["fullest"] == [{"id": 5, "name": 'Liver "線"', "used": 9, "limit": 9}]
    # The played kubelet's pod tells of a count of January.
    wait_until(
        lambda: kube.condition(shared.namespace, NAME, "QuotasRespected")["reason"] == "CountOld",
        what=shared.operator.tail,
    )
    switch(shared, on=False)
    wait_until(lambda: told() == {}, what=shared.operator.tail)
    assert kube.get(CRON_JOB, shared.namespace, name) is None
