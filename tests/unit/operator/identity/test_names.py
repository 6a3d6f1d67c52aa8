"""Names stay valid for the longest platform name that the API admits, and no two are the same."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from omero_operator.api.v1alpha1.omeroplatform import MAX_NAME_LENGTH
from omero_operator.desired import bootstrap, parts
from omero_operator.desired.plan import desired
from omero_operator.identity import kinds
from omero_operator.identity.kinds import Manifest
from omero_operator.identity.labels import labels
from omero_operator.identity.names import Names
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    component,
    context,
    spec,
    templates,
    title,
)

LONGEST = "p" * MAX_NAME_LENGTH
DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")

# Kubernetes' controllers append: "-<hash of 10>" as the label of a StatefulSet's pods,
# "-<minute of 8 to 11>" to the Jobs of a CronJob. Services are DNS labels. A name of a Secret gets
# into no label and no host name.
LIMITS = {"StatefulSet": 52, "CronJob": 52, "Secret": 253}

SPECS = {
    "managed": spec(
        web={"replicas": 2, "ingress": {"host": "a.org", "tls": {"issuer": "ca"}}},
        worker={"replicas": 2},
    ),
    "external": spec(
        database=EXTERNAL_DATABASE, pluginDatabase=EXTERNAL_DATABASE, redis=EXTERNAL_REDIS
    ),
}


def children(name: str) -> list[Manifest]:
    """Every child that a platform of this name may have, in any specification."""
    found = {}
    for given in SPECS.values():
        ctx = context(given, name=name, secret_properties={"omero.a": "b"})
        found |= {title(manifest): manifest for manifest in desired(ctx)}
    return list(found.values())


def test_longest_platform_name_gives_valid_names() -> None:
    for manifest in children(LONGEST):
        name = manifest["metadata"]["name"]
        assert len(name) <= LIMITS.get(manifest["kind"], 63), title(manifest)
        assert DNS_LABEL.fullmatch(name), title(manifest)


def test_pod_of_the_longest_bootstrap_job_can_be_named() -> None:
    """The label batch.kubernetes.io/job-name has the Job's name in full."""
    assert len(bootstrap.job_name(context(name=LONGEST))) <= 63


@pytest.mark.parametrize("name", ["a", "demo", LONGEST])
def test_no_two_children_share_kind_and_name(name: str) -> None:
    """Each would overwrite the other in every pass, without end."""
    for given in SPECS.values():
        ctx = context(given, name=name, secret_properties={"omero.a": "b"})
        counted = Counter(title(manifest) for manifest in desired(ctx))
        assert {child: n for child, n in counted.items() if n > 1} == {}


@pytest.mark.parametrize("name", ["a", LONGEST])
def test_label_values_are_valid(name: str) -> None:
    for manifest in children(name):
        for value in manifest["metadata"]["labels"].values():
            assert len(value) <= 63
            assert LABEL_VALUE.fullmatch(value), value


def test_pods_use_accounts_that_the_plan_has() -> None:
    for given in SPECS.values():
        plan = desired(context(given))
        accounts = {m["metadata"]["name"] for m in plan if m["kind"] == "ServiceAccount"}
        assert {t["spec"]["serviceAccountName"] for _, t in templates(plan)} == accounts


def test_children_are_found_again_by_the_platform_name_alone() -> None:
    """A new operator without memory computes the same names."""
    assert Names("demo") == Names("demo")
    assert [m["metadata"]["name"] for m in children("demo")] == [
        m["metadata"]["name"] for m in children("demo")
    ]


def test_every_child_begins_with_the_platform_name() -> None:
    assert all(m["metadata"]["name"].startswith("demo-") for m in children("demo"))


@pytest.mark.parametrize(
    ("name", "account"),
    [("database", "demo-db"), ("plugin-database", "demo-plugin-db"), ("web", "demo-web")],
)
def test_account_is_named_as_its_workload(name: str, account: str) -> None:
    assert parts.account_name(context(), component(name)) == account


def test_kind_is_recognised_by_its_manifest() -> None:
    for kind in kinds.CHILD_KINDS:
        assert kinds.kind_of({"apiVersion": kind.api_version, "kind": kind.name}) is kind
    with pytest.raises(KeyError):
        kinds.kind_of({"apiVersion": "v1", "kind": "Node"})


@pytest.mark.parametrize(
    ("kind", "place", "path"),
    [
        (kinds.SECRET, ("ns", "s"), "/api/v1/namespaces/ns/secrets/s"),
        (kinds.SECRET, (None, None), "/api/v1/secrets"),
        (kinds.JOB, ("ns", None), "/apis/batch/v1/namespaces/ns/jobs"),
        (kinds.STORAGE_CLASS, (None, "x"), "/apis/storage.k8s.io/v1/storageclasses/x"),
    ],
    ids=["object", "everywhere", "collection", "cluster-wide"],
)
def test_path_of_a_kind(kind: kinds.Kind, place: tuple[str | None, str | None], path: str) -> None:
    assert kind.path(*place) == path


def test_labels_of_the_longest_name_survive_as_pod_labels() -> None:
    assert all(len(value) <= 63 for value in labels(LONGEST, "plugin-database").values())
