"""What a specification refers to is looked up, and what is missing is named with the cure."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from typing import Any

import pytest

from omero_operator.cluster import referenced
from omero_operator.cluster.errors import TemporaryError
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest
from omero_operator.state.observed import Failure
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    NAMESPACE,
    UID,
    Cluster,
    context,
    observed,
    platform,
    secret,
    spec,
)

LDAP = {
    "server": {
        "configSecretRefs": [
            {"property": "omero.ldap.password", "secretKeyRef": {"name": "ldap", "key": "pw"}}
        ]
    }
}


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def look_up(
    cluster: Cluster,
    blocks: dict[str, Any],
    children: Sequence[Manifest] = (),
    namespaces: Sequence[str] = (),
) -> Sequence[Failure]:
    ctx = context(spec(**blocks))
    found = asyncio.run(referenced.look_up(cluster, ctx, observed(*children), namespaces))
    return found.failures


# --- properties and checksums ---------------------------------------------------------------------


def properties(value: str | bytes) -> dict[str, str]:
    ctx: Context = context(spec(**LDAP))
    return referenced.properties(ctx, {"ldap": secret("ldap", {"pw": encoded(value)})})


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ("secret", "secret"),
        ("secret\n", "secret"),
        (" secret ", " secret "),
        ("größe", "größe"),
        pytest.param(
            "secret\r\n",
            "secret",
        ),
    ],
    ids=["plain", "editor's newline", "spaces", "umlauts", "Windows' newline"],
)
def test_newline_of_an_editor_is_no_part_of_a_property(stored: str, value: str) -> None:
    """`kubectl create secret --from-file` takes the file as it is."""
    assert properties(stored) == {"omero.ldap.password": value}


def test_property_whose_secret_is_missing_is_absent() -> None:
    ctx = context(spec(**LDAP))
    assert referenced.properties(ctx, {}) == {}
    assert referenced.properties(ctx, {"ldap": secret("ldap", {"other": "eA=="})}) == {}


def test_binary_value_does_not_end_the_pass() -> None:
    """A typing mistake in a Secret must become a condition, not a traceback in the log."""
    assert properties(b"\xff\xfe") == {}


@pytest.mark.parametrize(
    "value", ["two\nlines", "two\rlines", "two ends\n\n", b"\xff\xfe"], ids=str
)
def test_value_that_omero_cannot_take_is_told(value: str | bytes) -> None:
    """`omero load` reads one command a line: the server would not start, with a strange message."""
    cluster = Cluster(secret("ldap", {"pw": encoded(value)}))
    assert [failure.component for failure in look_up(cluster, LDAP)] == ["server"]
    assert properties(value) == {}


ROOT = {"server": {"rootPasswordSecretRef": {"name": "root", "key": "pw"}}}
EXTERNAL = {"database": EXTERNAL_DATABASE, "pluginDatabase": EXTERNAL_DATABASE}
PLUGINS_RUN_IN = {"web", "worker", "uploads", "exports"}


@pytest.mark.parametrize(
    ("blocks", "data", "components", "rule"),
    [
        (ROOT, {"pw": "-hidden"}, {"server", "bootstrap"}, "must not begin with '-'"),
        (ROOT, {"pw": "100%hidden"}, {"server", "bootstrap"}, "must not contain '%'"),
        (
            EXTERNAL,
            {"u": "omero", "p": "${hidden}"},
            {"database", "server", "maintenance"},
            "must not contain '${'",
        ),
        (
            EXTERNAL,
            {"u": " hidden", "p": "x"},
            {"database", "plugin-database", "server", "maintenance", *PLUGINS_RUN_IN},
            "begin or end with white space",
        ),
        (
            {"redis": EXTERNAL_REDIS},
            {"pw": "a\n\nhidden"},
            {"redis", *PLUGINS_RUN_IN},
            "one line",
        ),
    ],
    ids=["root's dash", "root's percent", "OMERO's variable", "user's blank", "Redis in lines"],
)
def test_value_that_a_program_cannot_take_holds_its_components(
    blocks: dict[str, Any], data: dict[str, str], components: set[str], rule: str
) -> None:
    wanted = "root" if blocks is ROOT else "redis-login" if "redis" in blocks else "pg"
    cluster = Cluster(secret(wanted, {key: encoded(value) for key, value in data.items()}))
    failures = look_up(cluster, blocks)
    assert {failure.component for failure in failures} == components
    for failure in failures:
        assert failure.reason == "SecretInvalid" and failure.holds
        assert f"Secret '{wanted}' of spec." in failure.message and rule in failure.message
        assert "hidden" not in failure.message


def test_checksum_follows_the_content_alone() -> None:
    def digest(*secrets: Manifest, key: bytes = b"key") -> dict[str, str]:
        return referenced.checksums(secrets, key)

    one = secret("a", {"x": "1", "y": "2"})
    assert digest(one) == digest(secret("a", {"y": "2", "x": "1"}))
    assert digest(one) != digest(secret("a", {"x": "1", "y": "3"}))
    assert digest(one) != digest(secret("a", {"x": "1"}))
    assert digest(one, secret("b", {})).keys() == {"a", "b"}
    labelled = {**one, "metadata": {**one["metadata"], "labels": {"new": "label"}}}
    assert digest(labelled) == digest(one)


def test_checksum_is_keyed() -> None:
    """It stands in a pod's annotations, where many may read it: no guess can be tried on it."""
    item = secret("a", {"password": encoded("hunter2")})
    one = referenced.checksums([item], b"one")["a"]
    assert one != referenced.checksums([item], b"two")["a"]
    plain = hashlib.sha256(f"password={encoded('hunter2')}".encode()).hexdigest()
    assert not plain.startswith(one)


# --- Secrets --------------------------------------------------------------------------------------


def test_site_that_refers_to_nothing_asks_for_nothing() -> None:
    asked: list[str] = []
    cluster = Cluster()
    cluster.before = asked.append
    assert look_up(cluster, {}) == []
    assert asked == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "does not exist (keys: 'pw')"),
        ({}, "has no key 'pw'"),
        ({"pw": ""}, "has no key 'pw'"),
        ({"PW": "eA=="}, "has no key 'pw'"),
    ],
    ids=["no Secret", "no data", "empty", "other key"],
)
def test_missing_secret_or_key_is_named(data: dict[str, str] | None, words: str) -> None:
    cluster = Cluster() if data is None else Cluster(secret("ldap", data))
    (failure,) = look_up(cluster, LDAP)
    assert failure == Failure(
        "server",
        "SecretNotFound",
        f"Secret 'ldap' of spec.server.configSecretRefs[omero.ldap.password] {words} in namespace "
        f"'{NAMESPACE}'; create it or correct the field",
        holds=True,
    )


def test_all_missing_keys_are_told_at_once() -> None:
    failures = look_up(Cluster(secret("pg", {})), {"database": EXTERNAL_DATABASE})
    assert {failure.component for failure in failures} == {"database", "server", "maintenance"}
    assert all("has no key 'u', 'p'" in failure.message for failure in failures)


def test_secret_is_read_once_for_all_who_use_it() -> None:
    asked: list[str] = []
    cluster = Cluster(secret("pg", {"u": "eA==", "p": "eA=="}))
    cluster.before = asked.append
    blocks = {"database": EXTERNAL_DATABASE, "pluginDatabase": EXTERNAL_DATABASE}
    assert look_up(cluster, blocks) == []
    assert asked == ["get Secret/pg"]


def test_unreachable_server_ends_the_look_up() -> None:
    """No answer is not the same as no Secret."""
    cluster = Cluster()
    cluster.refusals["get Secret"] = 0
    with pytest.raises(TemporaryError):
        look_up(cluster, LDAP)


# --- volumes --------------------------------------------------------------------------------------

CLAIM = {
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "mine", "namespace": NAMESPACE},
}
CLASS = {"kind": "StorageClass", "metadata": {"name": "fast"}}
VOLUMES = [
    ("server", "server", "demo-server"),
    ("database", "database", "demo-db"),
    ("pluginDatabase", "plugin-database", "demo-plugin-db"),
]


@pytest.mark.parametrize(("block", "component", "claim"), VOLUMES)
def test_missing_claim_holds_its_component(block: str, component: str, claim: str) -> None:
    blocks = {block: {"storage": {"existingClaim": "mine"}}}
    (failure,) = look_up(Cluster(), blocks)
    assert (failure.component, failure.reason, failure.holds) == (
        component,
        "ClaimNotFound",
        True,
    )
    assert f"spec.{block}.storage.existingClaim" in failure.message
    assert look_up(Cluster(CLAIM), blocks) == []


@pytest.mark.parametrize(("block", "component", "claim"), VOLUMES)
def test_missing_class_matters_until_the_volume_exists(
    block: str, component: str, claim: str
) -> None:
    blocks = {block: {"storage": {"storageClassName": "fast"}}}
    (failure,) = look_up(Cluster(), blocks)
    assert (failure.component, failure.reason, failure.holds) == (
        component,
        "StorageClassNotFound",
        True,
    )
    assert look_up(Cluster(CLASS), blocks) == []
    made = {"kind": "PersistentVolumeClaim", "metadata": {"name": claim}}
    assert look_up(Cluster(), blocks, [made]) == []


def test_class_that_may_not_be_read_is_taken_as_there() -> None:
    """An operator for one namespace has no rights on the cluster's objects."""
    cluster = Cluster()
    cluster.refusals = {"get StorageClass": 403, "get IngressClass": 403}
    blocks = {
        "server": {"storage": {"storageClassName": "fast"}},
        "web": {"ingress": {"className": "nginx"}},
    }
    assert look_up(cluster, blocks) == []


# --- Ingress --------------------------------------------------------------------------------------


def test_missing_ingress_class_is_told_and_holds_nothing() -> None:
    blocks = {"web": {"ingress": {"className": "nginx"}}}
    (failure,) = look_up(Cluster(), blocks)
    assert (failure.reason, failure.holds) == ("IngressClassNotFound", False)
    assert look_up(Cluster({"kind": "IngressClass", "metadata": {"name": "nginx"}}), blocks) == []


HOST = {"web": {"ingress": {"host": "a.org"}}}
PUBLISHED = {"conditions": [{"type": "IngressReady", "status": "True"}]}
OURS = platform(HOST, created="2026-02-02T00:00:00Z")


@pytest.mark.parametrize(
    ("rival", "holder"),
    [
        ({"created": "2026-01-01T00:00:00Z"}, "elsewhere/other"),
        ({"created": "2026-03-03T00:00:00Z"}, None),
        ({"created": "2026-02-02T00:00:00Z", "uid": "000"}, "elsewhere/other"),
        ({"created": "2026-02-02T00:00:00Z", "uid": "zzz"}, None),
        ({"created": "2026-02-02T00:00:00Z", "uid": "zzz", "status": PUBLISHED}, "elsewhere/other"),
        ({"created": "2026-03-03T00:00:00Z", "status": PUBLISHED}, None),
        ({"created": "2026-01-01T00:00:00Z", "spec": {}}, None),
        (
            {
                "created": "2026-01-01T00:00:00Z",
                "spec": {"web": {"ingress": {"host": "b.org"}}},
            },
            None,
        ),
    ],
    ids=[
        "older",
        "younger",
        "same second, smaller uid",
        "larger uid",
        "larger uid, has its Ingress",
        "younger, has its Ingress",
        "no host",
        "other host",
    ],
)
def test_host_belongs_to_the_older_platform(rival: dict[str, Any], holder: str | None) -> None:
    """Both operators, and both passes, come to the same answer without asking each other."""
    other = {"spec": HOST, "uid": "uid-2", **rival}
    cluster = Cluster(OURS, platform(name="other", namespace="elsewhere", **other))
    failures = look_up(cluster, HOST)
    if holder is None:
        assert failures == []
    else:
        (failure,) = failures
        assert (failure.component, failure.reason, failure.holds) == ("ingress", "HostInUse", True)
        assert f"'{holder}'" in failure.message


@pytest.mark.parametrize(
    ("rival", "why"),
    [
        ({"created": "2026-01-01T00:00:00Z"}, "was created earlier (2026-01-01T00:00:00Z)"),
        ({"uid": "000"}, "was created in the same second (2026-02-02T00:00:00Z) and has the lower"),
        (
            {"uid": "zzz", "status": PUBLISHED},
            "was created in the same second (2026-02-02T00:00:00Z) and has its Ingress already",
        ),
    ],
    ids=["older", "lower uid", "has its Ingress"],
)
def test_message_says_why_the_other_platform_holds_the_host(
    rival: dict[str, Any], why: str
) -> None:
    other = {"spec": HOST, "uid": "uid-2", "created": "2026-02-02T00:00:00Z", **rival}
    (failure,) = look_up(Cluster(OURS, platform(name="other", **other)), HOST)
    assert f"is used with path '/' by '{NAMESPACE}/other', which {why}" in failure.message


@pytest.mark.parametrize(
    ("own", "other", "in_the_way"),
    [
        ("/lab", "/teaching", False),
        ("/lab", "/lab2", False),
        ("/a/b", "/a/c", False),
        ("/lab", "/lab", True),
        ("/lab", "/lab/teaching", True),
        ("/lab/teaching", "/lab", True),
        # Its cookies would reach the other, and its pages would be shadowed.
        ("/", "/lab", True),
    ],
)
def test_sites_share_a_host_where_no_path_is_above_the_other(
    own: str, other: str, in_the_way: bool
) -> None:
    ours, theirs = ({"web": {"ingress": {"host": "a.org", "path": path}}} for path in (own, other))
    cluster = Cluster(
        platform(ours, created="2026-02-02T00:00:00Z"),
        platform(theirs, name="other", uid="uid-2", created="2026-01-01T00:00:00Z"),
    )
    assert bool(look_up(cluster, ours)) == in_the_way


@pytest.mark.parametrize(
    ("web", "in_the_way"),
    [
        ({"publicUrl": "https://a.org", "ingress": {}}, True),
        ({"publicUrl": "https://a.org/lab/", "ingress": {}}, True),
        ({"publicUrl": "https://b.org", "ingress": {"host": "a.org"}}, True),
        ({"publicUrl": "https://a.org", "ingress": {"host": "b.internal"}}, False),
        # Without an Ingress nothing of Kubernetes is in the way.
        ({"publicUrl": "https://a.org"}, False),
    ],
    ids=["address", "path of it", "own host", "own host inside", "no Ingress"],
)
def test_the_address_of_another_platform_counts(web: dict[str, Any], in_the_way: bool) -> None:
    other = platform({"web": web}, name="other", uid="uid-2", created="2026-01-01T00:00:00Z")
    assert bool(look_up(Cluster(OURS, other), HOST)) == in_the_way


def test_host_of_the_address_is_named_by_its_field() -> None:
    web = {"web": {"publicUrl": "https://a.org", "ingress": {}}}
    rival = platform(HOST, name="other", uid="uid-2", created="2026-01-01T00:00:00Z")
    ours = platform(web, created="2026-02-02T00:00:00Z")
    (failure,) = look_up(Cluster(ours, rival), web)
    assert "host 'a.org' of spec.web.publicUrl is used" in failure.message


def test_host_is_compared_in_the_watched_namespaces() -> None:
    rival = platform(HOST, name="other", namespace="elsewhere", uid="2", created="2020-01-01")
    assert look_up(Cluster(OURS, rival), HOST, namespaces=[NAMESPACE]) == []
    assert look_up(Cluster(OURS, rival), HOST, namespaces=[NAMESPACE, "elsewhere"]) != []


def test_platform_that_went_meanwhile_gives_no_verdict() -> None:
    rivals = [
        platform(HOST, name=name, uid=name, created=f"2026-01-0{i}")
        for i, name in enumerate(["x", "y"])
    ]
    assert all(rival["metadata"]["uid"] != UID for rival in rivals)
    assert look_up(Cluster(*rivals), HOST) == []


# --- ConfigMaps -----------------------------------------------------------------------------------

WORDS = {"web": {"plugins": {"omp": {"rules": {"name": "words", "key": "a.toml"}}}}}


def config_map(data: dict[str, str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "words", "namespace": NAMESPACE},
        "data": data,
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "does not exist; it needs the key 'a.toml'"),
        ({"b.toml": "x"}, "has no key 'a.toml'"),
        ({"a.toml": ""}, "has no key 'a.toml'"),
    ],
    ids=["no ConfigMap", "other key", "empty"],
)
def test_missing_config_map_or_key_is_named(data: dict[str, str] | None, words: str) -> None:
    cluster = Cluster() if data is None else Cluster(config_map(data))
    failures = look_up(cluster, WORDS)
    assert [failure.component for failure in failures] == ["web", "worker"]
    for failure in failures:
        assert (failure.reason, failure.holds) == ("ConfigMapNotFound", True)
        assert failure.message == (
            f"ConfigMap 'words' of spec.web.plugins.omp.rules {words} in namespace '{NAMESPACE}'; "
            "create it or correct the field"
        )


def test_config_map_that_is_there_is_found_once_for_both() -> None:
    asked: list[str] = []
    cluster = Cluster(config_map({"a.toml": "x"}))
    cluster.before = asked.append
    found = asyncio.run(referenced.look_up(cluster, context(spec(**WORDS)), observed(), ()))
    assert found.failures == []
    assert asked == ["get ConfigMap/words"]
    assert found.config_maps["words"]["data"] == {"a.toml": "x"}


def test_config_map_that_may_not_be_read_is_told() -> None:
    cluster = Cluster()
    cluster.refusals["get ConfigMap"] = 403
    failures = look_up(cluster, WORDS)
    assert [(failure.component, failure.holds) for failure in failures] == [
        ("web", True),
        ("worker", True),
    ]


def test_host_of_a_route_is_taken_as_that_of_an_ingress() -> None:
    routed = {"publicUrl": "https://a.org", "gateway": {"parentRefs": [{"name": "g"}]}}
    older = platform({"web": routed}, name="other", namespace="elsewhere", uid="uid-0")
    (failure,) = look_up(Cluster(OURS, older), {"web": routed})
    assert (failure.reason, failure.holds) == ("HostInUse", True)
    assert "host 'a.org' of spec.web.publicUrl" in failure.message
    alone = {"web": {"publicUrl": "https://a.org"}}
    assert look_up(Cluster(OURS, platform(alone, name="other", uid="uid-0")), HOST) == []
