"""What the operator tells the OMP plugin, read by the plugin itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from omero_web_container import catalogue

from omero_operator.api.v1alpha1.web_apps import ALL_APPS
from omero_operator.desired import omp
from omero_operator.desired.plan import desired
from omero_operator.desired.web_apps import ADMIN_TOOLS, UPLOAD
from omeroweb_omp_plugin.configuration import RULES_FILE, configured_hash_secrets
from omeroweb_omp_plugin.providers.configured import VARIABLE, providers
from omeroweb_omp_plugin.services.site_rules import site_rules
from operator_builders import context, spec, templates

PODS = ("Deployment/demo-web", "Deployment/demo-worker")
KINDS = ("openai", "anthropic", "google", "mistral")
OURS = {
    "name": "Our own",
    "kind": "openaiCompatible",
    "baseUrl": "http://ollama.lab:11434/v1",
    "models": ["llama3.3", "qwen3:32b"],
}
PROVIDERS = [OURS, *({"name": kind.title(), "kind": kind} for kind in KINDS)]


def told(title: str, **blocks: Any) -> dict[str, str]:
    """Variables of a workload's first container."""
    template = dict(templates(desired(context(spec(**blocks)))))[title]
    container = template["spec"]["containers"][0]
    return {each["name"]: each.get("value", "") for each in container["env"]}


def test_the_image_has_every_application_that_can_be_asked_for() -> None:
    assert catalogue.all_apps().keys() == {*ALL_APPS, omp.APP, UPLOAD, "imaris", ADMIN_TOOLS}


@pytest.mark.parametrize("title", PODS)
def test_providers_are_told_as_the_plugin_reads_them(title: str) -> None:
    found = providers(told(title, ai={"providers": PROVIDERS}))
    kinds = {each.name: each.kind for each in found.values()}
    assert kinds == {"Our own": "openai_compatible", **{kind.title(): kind for kind in KINDS}}
    own = found["Our own"]
    assert (own.address, own.models) == ("http://ollama.lab:11434/v1", ("llama3.3", "qwen3:32b"))
    assert found["Openai"].models == ()


@pytest.mark.parametrize("title", PODS)
def test_without_providers_the_plugin_knows_none(title: str) -> None:
    assert VARIABLE not in told(title)
    assert providers(told(title)) == {}


@pytest.mark.parametrize("title", PODS)
def test_the_variables_of_secret_and_nomenclature_are_the_plugins(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the files that Kubernetes would put there."""
    rules = {"name": "words", "key": "facility.toml"}
    env = told(title, web={"plugins": {"omp": {"rules": rules}}})
    (tmp_path / "secret").write_text("new\nold\n")
    (tmp_path / "rules").write_text('[[label]]\nwords = ["tank"]\nsource = "ours"\n')
    for variable, file in (("FMP_HASH_SECRET_FILE", "secret"), (RULES_FILE, "rules")):
        assert env[variable].startswith("/")
        monkeypatch.setenv(variable, str(tmp_path / file))
    assert configured_hash_secrets() == ("new", "old")
    # Not from the cache, and nothing for it.
    assert "tank" in site_rules.__wrapped__().labels
