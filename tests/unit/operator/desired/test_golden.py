"""All manifests of the examples as files, for people who review a change of builders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from omero_operator.desired.context import Context
from omero_operator.desired.plan import desired
from omero_operator.settings import read
from operator_builders import EXAMPLES, context, spec

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "UPDATE_GOLDEN"
# What the Secrets and ConfigMaps that the example names come to.
FOUND: dict[str, dict[str, Any]] = {
    "minimal": {},
    "scale": {},
    "everything": {
        "checksums": {name: f"digest-of-{name}" for name in ("omero-root", "omp-hash", "ldap")},
        "config_checksums": {"nomenclature": "digest-of-nomenclature"},
        "secret_properties": {
            "omero.ldap.password": "from-the-secret-ldap",
            "omero.web.public.password": "from-the-secret-public-user",
        },
    },
}


def context_of(name: str) -> Context:
    example = yaml.safe_load((EXAMPLES / name / "platform.yaml").read_text())
    given = spec(**example["spec"])
    images = read({"OPERATOR_NAMESPACE": "omero-system"}).images
    own = {"name": example["metadata"]["name"], "images": images.overridden(given)}
    return context(given, **own, **FOUND[name])


@pytest.mark.parametrize("name", FOUND)
def test_manifests_of_the_example_are_those_that_were_reviewed(name: str) -> None:
    golden = GOLDEN / f"{name}.yaml"
    manifests = desired(context_of(name))
    if name == "scale":
        # All else is that of any site.
        ctx = context_of(name)
        same = {"pluginDatabase": ctx.spec.plugin_database.model_dump(by_alias=True)}
        same |= {"web": {"publicUrl": ctx.spec.web.public_url}}
        usual = desired(ctx.having(spec=spec(**same)))
        manifests = [each for each in manifests if each not in usual]
    found = yaml.safe_dump_all(manifests, sort_keys=False, width=100, allow_unicode=True)
    if os.environ.get(UPDATE):
        golden.write_text(found)
    assert golden.read_text() == found, (
        f"the operator writes other manifests than {golden.name} says. If that is what you meant, "
        f"run `{UPDATE}=1 .venv/bin/python -m pytest tests/unit/operator/desired`, "
        "look at `git diff`, and commit the file with your change."
    )
