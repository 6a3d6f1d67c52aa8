"""`omero-operator plan`: the file, what is wrong with it, what it would become, exit codes."""

from __future__ import annotations

import asyncio
import copy
import io
from pathlib import Path
from typing import Any

import pytest
import yaml

from omero_operator import __main__
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.commands import plan
from omero_operator.identity.kinds import PLATFORM, Kind
from omero_operator.identity.labels import HELD
from omero_operator.operations.catalogue import Catalogue, Release
from operator_builders import EXAMPLES, IMAGES, NAME, NAMESPACE, UID, Cluster
from passes import running
from upgrades import CATALOGUE, MAJOR, NEWER, OLD, TO, newer_pass

GOLDEN = Path(__file__).parents[1] / "desired" / "golden" / "minimal.yaml"
HEAD = "apiVersion: platform.omero.dev/v1alpha1\nkind: OmeroPlatform\n"
SITE = f"{HEAD}metadata: {{name: site}}\n"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the defaults."""
    for name in ("IMAGE_SERVER", "IMAGE_PULL_POLICY", "KUBECONFIG", "OPERATOR_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)


class Run:
    """Calls the command as a person does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: object, stdin: str = "") -> int:
        self._monkeypatch.setattr("sys.argv", ["omero-operator", "plan", *map(str, arguments)])
        self._monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            __main__.main()
        self.out, self.err = self._capsys.readouterr()
        return int(str(ended.value.code))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


def objects(text: str) -> list[Any]:
    return list(yaml.load_all(text, yaml.CSafeLoader))


def test_minimal_example_becomes_what_was_reviewed(run: Run) -> None:
    """The same objects in the same order as the golden file of the builders."""
    code = run(EXAMPLES / "minimal" / "platform.yaml", "--namespace", NAMESPACE)
    assert (code, run.err) == (plan.SAME, "")
    reviewed = GOLDEN.read_text().replace(UID, plan.NO_UID)
    assert objects(run.out) == objects(reviewed)


@pytest.mark.parametrize(
    "file", sorted(EXAMPLES.rglob("platform.yaml")), ids=lambda f: f.parent.name
)
def test_every_example_can_be_carried_out(run: Run, file: Path) -> None:
    assert run(file) == plan.SAME, run.err
    assert run.err == ""
    assert len(objects(run.out)) > 30


def test_passwords_and_other_values_are_not_shown(run: Run) -> None:
    run(EXAMPLES / "everything" / "platform.yaml")
    secrets = [item for item in objects(run.out) if item["kind"] == "Secret"]
    values = {value for item in secrets for value in item.get("data", {}).values()}
    assert secrets and values <= {"***"}


def test_site_is_shown_as_it_is_after_its_start(run: Run) -> None:
    run("-", stdin=f"{SITE}spec: {{web: {{replicas: 3}}}}")
    replicas = {
        item["metadata"]["name"]: item["spec"]["replicas"]
        for item in objects(run.out)
        if item["kind"] in ("Deployment", "StatefulSet")
    }
    assert replicas["site-web"] == 3
    assert 0 not in replicas.values()


def test_hibernated_site_has_no_pods(run: Run) -> None:
    run("-", stdin=f"{SITE}spec: {{hibernated: true}}")
    counts = {item["spec"]["replicas"] for item in objects(run.out) if item["kind"] == "Deployment"}
    assert counts == {0}


def test_images_are_those_of_the_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_SERVER", "registry.example.org/our-server:7")
    assert run("-", stdin=SITE) == plan.SAME
    assert "image: registry.example.org/our-server:7" in run.out
    monkeypatch.setenv("IMAGE_PULL_POLICY", "Sometimes")
    assert run("-", stdin=SITE) == plan.WRONG
    assert "IMAGE_PULL_POLICY" in run.err


def test_namespace_of_the_file_wins(run: Run) -> None:
    run("-", "--namespace", "lab", stdin=f"{HEAD}metadata: {{name: site, namespace: own}}")
    assert {item["metadata"]["namespace"] for item in objects(run.out)} == {"own"}
    run("-", stdin=SITE)
    assert {item["metadata"]["namespace"] for item in objects(run.out)} == {"default"}


def test_output_is_the_same_every_time(run: Run) -> None:
    run("-", stdin=SITE)
    first = run.out
    run("-", stdin=SITE)
    assert run.out == first
    assert "&id" not in first, "people read no anchors"


# --- files ----------------------------------------------------------------------------------------

OTHER = "apiVersion: v1\nkind: Namespace\nmetadata: {name: lab}\n"


def test_other_objects_are_left_out_with_a_note(run: Run) -> None:
    second = SITE.replace("site", "second")
    code = run("-", stdin=f"---\n{OTHER}---\n{SITE}---\n\n---\n{second}")
    assert code == plan.SAME
    assert run.err == "omero-operator: -: Namespace 'lab' is ignored\n"
    names = {item["metadata"]["labels"]["app.kubernetes.io/instance"] for item in objects(run.out)}
    assert names == {"site", "second"}


def test_list_of_kubectl_is_read(run: Run) -> None:
    """`kubectl get omero -o yaml`, with a status and what the API server wrote."""
    item = {
        **yaml.safe_load(SITE),
        "metadata": {"name": "site", "namespace": "lab", "uid": "abc", "generation": 3},
        "status": {"observedGeneration": 3, "conditions": []},
    }
    text = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [item]})
    assert run("-", stdin=text) == plan.SAME
    assert "uid: abc" in run.out


FILES = {
    "empty": ("", "the file has no OmeroPlatform"),
    "only others": (OTHER, "the file has no OmeroPlatform"),
    "no YAML": ("a: [", "this is not YAML"),
    "text": ("hello", "document 1 is not a Kubernetes object"),
    "key twice": (f"{SITE}spec: {{size: small, size: large}}", "line 4: key 'size' occurs twice"),
    "other version": (
        SITE.replace("v1alpha1", "v2"),
        "apiVersion of 'site' is platform.omero.dev/v2; write platform.omero.dev/v1alpha1",
    ),
    "no name": (f"{HEAD}spec: {{}}", "needs a metadata.name"),
    "number as a name": (f"{HEAD}metadata: {{name: 7}}", "needs a metadata.name"),
}


@pytest.mark.parametrize(("text", "words"), FILES.values(), ids=FILES.keys())
def test_file_without_a_platform(run: Run, text: str, words: str) -> None:
    assert run("-", stdin=text) == plan.WRONG
    assert run.err.startswith("omero-operator: -: ") and words in run.err
    assert run.out == ""


def test_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert run(tmp_path / "none.yaml") == plan.WRONG
    assert "none.yaml" in run.err
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert run(tmp_path / "binary") == plan.WRONG
    assert "binary" in run.err


# --- what is wrong with a platform ----------------------------------------------------------------

WRONG = {
    "unknown field": ("{sever: {}}", "spec.sever: unknown field; did you mean 'server'?"),
    "type": ("{web: {replicas: many}}", "spec.web.replicas: "),
    "rule of the definition": ("{database: {mode: external}}", "spec.database: mode external"),
    "rule across fields": (
        "{timeZone: Europe/Bern}",
        "spec.timeZone: 'Europe/Bern' is not an IANA",
    ),
    "rule on sizes": (
        "{web: {resources: {requests: {memory: 9Gi}}}}",
        "spec.web.resources.requests.memory: 9Gi is more than its limit",
    ),
    "specification": ("text", "spec: "),
}


@pytest.mark.parametrize(("spec", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said_field_by_field_and_nothing_is_shown(
    run: Run, spec: str, words: str
) -> None:
    good = SITE.replace("site", "good")
    assert run("-", stdin=f"{good}---\n{SITE}spec: {spec}") == plan.WRONG
    assert f"omero-operator: -: OmeroPlatform 'site': {words}" in run.err
    assert "'good'" not in run.err
    assert run.out == ""


def test_kubeconfig_that_cannot_be_used(run: Run, tmp_path: Path) -> None:
    assert run("-", "--against", tmp_path / "none", stdin=SITE) == plan.WRONG
    assert "cannot use" in run.err
    config = tmp_path / "config"
    config.write_text("{apiVersion: v1, kind: Config, clusters: [], contexts: [], users: []}")
    assert run("-", "--against", config, "--context", "elsewhere", stdin=SITE) == plan.WRONG
    assert "elsewhere" in run.err
    config.write_text("a: [")
    assert run("-", "--against", config, stdin=SITE) == plan.WRONG
    assert run.out == ""


def test_help_explains_the_exit_codes(run: Run) -> None:
    assert run("--help") == 0
    assert "exit codes:" in run.out
    assert all(f"  {code}  " in run.out for code in (plan.SAME, plan.DIFFERENT, plan.WRONG))


# --- differences; that nothing is written is the connection's doing (test_client, operator ring) --


def differences(cluster: Cluster, given: Any) -> list[str]:
    """The lines that differ."""
    tried = copy.deepcopy(cluster)
    resource = {
        "apiVersion": PLATFORM.api_version,
        "kind": PLATFORM.name,
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": given,
    }
    read = plan.judged(resource)
    assert isinstance(read, PlatformSpec)
    text, _ = asyncio.run(plan.differences(tried, resource, read, IMAGES))
    return [line for line in text.splitlines() if line[:1] in ("+", "-")]


def notes(given: Any, catalogue: Catalogue) -> list[str]:
    """What a newer operator says beside the lines that differ."""
    cluster = running()
    newer_pass(cluster, catalogue)
    resource = {
        "apiVersion": PLATFORM.api_version,
        "kind": PLATFORM.name,
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": given,
    }
    read = plan.judged(resource)
    assert isinstance(read, PlatformSpec)
    images = NEWER.with_references(catalogue.current.images)
    text, said = asyncio.run(plan.differences(cluster, resource, read, images, catalogue))
    assert bool(text) == bool(given)
    # The operator's own note on pods that stay as they are.
    assert HELD not in text
    return said.splitlines()


def test_what_waits_for_another_release_is_listed() -> None:
    images = {**NEWER.references, "redis": IMAGES.redis, "web": IMAGES.web}
    said = notes({}, Catalogue(Release(TO, images), {"0.1.0": OLD}))
    assert said == [
        f"# {NAMESPACE}/{NAME} runs release 0.1.0. For spec.version {TO} these wait:",
        "#   image server: example.org/server:1 becomes example.org/server:1-next",
        "#   image maintenance: example.org/maintenance:1 becomes example.org/maintenance:1-next",
        "#   image postgres: example.org/postgres:1 becomes example.org/postgres:1-next",
    ]
    assert notes({"version": TO}, CATALOGUE) == []


def test_move_of_the_databases_is_said() -> None:
    (said,) = notes({"version": TO}, MAJOR)
    assert "the databases are copied to new volumes" in said


def test_settled_site_has_no_difference() -> None:
    assert differences(running(), {}) == []


def test_difference_is_the_change_and_nothing_else() -> None:
    assert differences(running(), {"web": {"replicas": 3}}) == [
        "--- live/Deployment/demo-web",
        "+++ plan/Deployment/demo-web",
        "-  replicas: 2",
        "+  replicas: 3",
    ]


def test_what_goes_is_shown_whole() -> None:
    cluster = running(spec={"web": {"ingress": {"host": "a.example.org"}}})
    lines = differences(cluster, {"web": {}})
    assert "--- live/Ingress/demo-web" in lines and "-kind: Ingress" in lines


class Dry(Cluster):
    """What a dry run makes has no version."""

    async def create(self, kind: Kind, manifest: Any) -> Any:
        made = await super().create(kind, manifest)
        made["metadata"].pop("resourceVersion")
        return made


def test_new_site_is_shown_whole() -> None:
    lines = differences(Dry(), {})
    assert "+++ plan/StatefulSet/demo-db" in lines
    assert not [line for line in lines if line.startswith("-") and not line.startswith("---")]


def test_what_a_new_site_needs_and_lacks_is_told() -> None:
    reference = {"name": "nowhere", "key": "password"}
    with pytest.raises(plan.Refusal, match=r"server: Secret 'nowhere' .* does not exist"):
        differences(Dry(), {"server": {"rootPasswordSecretRef": reference}})


def test_values_of_secrets_are_masked_and_changes_of_them_marked() -> None:
    def secret(**data: str) -> dict[str, Any]:
        return {"kind": "Secret", "metadata": {"name": "s"}, "data": data}

    before = {("Secret", "s"): secret(same="a", changed="b")}
    after = {("Secret", "s"): secret(same="a", changed="c")}
    lines = "".join(plan._compared(before, after)).splitlines()
    assert "   same: '***'" in lines
    assert [line for line in lines if "changed" in line] == [
        "-  changed: '*** (before)'",
        "+  changed: '*** (after)'",
    ]
