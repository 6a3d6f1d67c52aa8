"""What the OMP plugin is told in the pods of the web and of the workers, and nobody else is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omero_operator.desired.plan import credentials, desired
from operator_builders import context, spec, templates

PODS = ("Deployment/demo-web", "Deployment/demo-worker")
REFERENCE = {"name": "words", "key": "facility.toml"}
SECRET = "/run/secrets/omero-platform/omp"
PROVIDERS = [{"name": "OpenAI", "kind": "openai"}]


def omp(**fields: Any) -> dict[str, Any]:
    return {"web": {"plugins": {"omp": fields}}}


def told(title: str, **blocks: Any) -> dict[str, str]:
    """Variables of a workload's first container."""
    template = dict(templates(desired(context(spec(**blocks)))))[title]
    container = template["spec"]["containers"][0]
    return {each["name"]: each.get("value", "") for each in container["env"]}


@pytest.mark.parametrize(
    ("blocks", "secret", "key"),
    [
        ({}, "demo-omp-hash-secret", "secret"),
        (omp(hashSecretRef={"name": "old", "key": "FMP_HASH_SECRET"}), "old", "FMP_HASH_SECRET"),
    ],
    ids=["generated", "of the site"],
)
@pytest.mark.parametrize("title", PODS)
def test_the_secret_that_signs_comes_as_a_file(
    title: str, blocks: dict[str, Any], secret: str, key: str
) -> None:
    assert told(title, **blocks)["FMP_HASH_SECRET_FILE"] == f"{SECRET}/{key}"
    template = dict(templates(desired(context(spec(**blocks)))))[title]
    (volume,) = [each for each in template["spec"]["volumes"] if each["name"] == "secret-omp"]
    assert volume["secret"]["secretName"] == secret
    assert volume["secret"]["items"] == [{"key": key, "path": key}]


def test_a_secret_of_the_site_is_not_generated_too() -> None:
    names = {each.name for each in credentials(context(spec(**omp(hashSecretRef=REFERENCE))))}
    assert "demo-omp-hash-secret" not in names


@pytest.mark.parametrize("title", PODS)
def test_the_nomenclature_is_where_its_variable_says(title: str) -> None:
    ctx = context(spec(**omp(rules=REFERENCE)), config_checksums={"words": "abc"})
    template = dict(templates(desired(ctx)))[title]
    (volume,) = [each for each in template["spec"]["volumes"] if each["name"] == "omp-rules"]
    assert volume["configMap"] == {
        "name": "words",
        "items": [{"key": "facility.toml", "path": "nomenclature.toml"}],
    }
    container = template["spec"]["containers"][0]
    (mount,) = [each for each in container["volumeMounts"] if each["name"] == "omp-rules"]
    variable = told(title, **omp(rules=REFERENCE))["OMP_RULES_FILE"]
    assert variable == f"{mount['mountPath']}/nomenclature.toml"


@pytest.mark.parametrize("title", PODS)
def test_a_site_may_hide_the_signature(title: str) -> None:
    assert told(title, **omp(signature="description"))["OMP_SIGNATURE"] == "description"
    assert "OMP_SIGNATURE" not in told(title, **omp())


@pytest.mark.parametrize("title", PODS)
def test_new_words_start_new_pods(title: str) -> None:
    """They are read once, at the start."""

    def annotations(digest: str) -> Any:
        ctx = context(spec(**omp(rules=REFERENCE)), config_checksums={"words": digest})
        return dict(templates(desired(ctx)))[title]["metadata"]["annotations"]

    assert annotations("one") != annotations("another")


@pytest.mark.parametrize("title", PODS)
def test_switched_off_nothing_is_left_of_it(title: str) -> None:
    blocks = {**omp(enabled=False, rules=REFERENCE), "ai": {"providers": PROVIDERS}}
    env = told(title, **blocks)
    assert "omp" not in env["WEB_APPS"].split(",")
    assert not {"OMP_AI_PROVIDERS", "OMP_RULES_FILE", "FMP_HASH_SECRET_FILE"} & env.keys()
    template = json.dumps(dict(templates(desired(context(spec(**blocks)))))[title])
    assert "words" not in template and "omp-hash" not in template


def test_other_pods_know_nothing_of_it() -> None:
    blocks = {**omp(rules=REFERENCE), "ai": {"providers": PROVIDERS}}
    for title, template in templates(desired(context(spec(**blocks)))):
        if title not in PODS:
            text = json.dumps(template)
            assert not any(word in text for word in ("omp-hash", "words", "OMP_AI")), title
