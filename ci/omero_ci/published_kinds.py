"""`ci/published-kinds`: writes the definitions of kinds of others that the operator uses.

They come from the Go modules of their projects, all under the Apache License 2.0, in the pinned
versions. Tests compare what the operator writes with them, without a network; so they are
committed, each with the one version that is used, and without descriptions.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from omero_ci.paths import ROOT
from tools.common.commands import output_of
from tools.common.errors import CommandError

FOLDER: Final = ROOT / "tests" / "data" / "published_kinds"


@dataclass(frozen=True)
class Source:
    """A Go module with definitions.

    Attributes:
        module: Path and version of the module.
        folder: Where in it they are.
        kinds: Files in that folder, and the version of the kind that is used.
    """

    module: str
    folder: str
    kinds: tuple[tuple[str, str], ...]


SOURCES: Final = (
    Source(
        "sigs.k8s.io/gateway-api@v1.6.1",
        "config/crd/standard",
        (
            ("gateway.networking.k8s.io_httproutes.yaml", "v1"),
            ("gateway.networking.k8s.io_tcproutes.yaml", "v1"),
            ("gateway.networking.k8s.io_tlsroutes.yaml", "v1"),
        ),
    ),
    Source(
        "github.com/kedacore/keda/v2@v2.20.2",
        "config/crd/bases",
        (
            ("keda.sh_scaledobjects.yaml", "v1alpha1"),
            ("keda.sh_triggerauthentications.yaml", "v1alpha1"),
        ),
    ),
    Source(
        "github.com/cloudnative-pg/cloudnative-pg@v1.30.0",
        "config/crd/bases",
        (
            ("postgresql.cnpg.io_backups.yaml", "v1"),
            ("postgresql.cnpg.io_clusters.yaml", "v1"),
            ("postgresql.cnpg.io_poolers.yaml", "v1"),
            ("postgresql.cnpg.io_scheduledbackups.yaml", "v1"),
        ),
    ),
    Source(
        "github.com/cloudnative-pg/plugin-barman-cloud@v0.14.0",
        "config/crd/bases",
        (("barmancloud.cnpg.io_objectstores.yaml", "v1"),),
    ),
    Source(
        "github.com/kubernetes-csi/external-snapshotter/client/v8@v8.6.0",
        "config/crd",
        (
            ("snapshot.storage.k8s.io_volumesnapshots.yaml", "v1"),
            ("groupsnapshot.storage.k8s.io_volumegroupsnapshots.yaml", "v1beta2"),
        ),
    ),
)


def main() -> int:
    """Fetch the modules and write one file for each kind."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for source in SOURCES:
        try:
            folder = _fetched(source.module) / source.folder
        except CommandError as error:
            sys.stderr.write(f"{source.module} cannot be fetched: {error}\n")
            return 1
        for file, version in source.kinds:
            definition = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
            target = FOLDER / f"{definition['spec']['names']['kind']}.json"
            reduced = {
                "source": f"{source.module}/{source.folder}/{file}",
                "license": "Apache-2.0",
                "definition": reduce(definition, version),
            }
            target.write_text(json.dumps(reduced, separators=(",", ":")) + "\n", encoding="utf-8")
            sys.stdout.write(f"{target.relative_to(ROOT)}\n")
    return 0


def reduce(definition: dict[str, Any], version: str) -> dict[str, Any]:
    """A definition as a cluster takes it, with one version and without texts for people."""
    (used,) = [each for each in definition["spec"]["versions"] if each["name"] == version]
    kept = {key: used[key] for key in ("name", "schema", "subresources") if key in used}
    spec = {key: definition["spec"][key] for key in ("group", "names", "scope")}
    spec["versions"] = [{**_plain(kept), "served": True, "storage": True}]
    names = ("api-approved.kubernetes.io", "controller-gen.kubebuilder.io/version")
    annotations = definition["metadata"].get("annotations", {})
    metadata = {
        "name": definition["metadata"]["name"],
        "annotations": {name: annotations[name] for name in names if name in annotations},
    }
    head = {key: definition[key] for key in ("apiVersion", "kind")}
    return {**head, "metadata": metadata, "spec": spec}


def _plain(schema: Any) -> Any:
    """A schema without descriptions; a field of that name stays."""
    return dict(_walk(schema)) if isinstance(schema, dict) else schema


def _walk(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in schema.items():
        if key == "description" and isinstance(value, str):
            continue
        if key == "properties":
            yield key, {name: _plain(inner) for name, inner in value.items()}
        elif isinstance(value, list):
            yield key, [_plain(each) for each in value]
        else:
            yield key, _plain(value)


def _fetched(module: str) -> Path:
    """The folder of a module, which Go has checked against its public log of checksums."""
    # Not in this repository's own folders: there is no go.mod for it.
    text = output_of(
        ["go", "mod", "download", "-json", module],
        environment={**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"},
        folder=Path(tempfile.gettempdir()),
    )
    return Path(json.loads(text)["Dir"])


if __name__ == "__main__":
    sys.exit(main())
