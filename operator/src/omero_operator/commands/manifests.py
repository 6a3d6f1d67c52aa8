"""Manifests as YAML: read from people's files, and written for them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from omero_operator.identity.kinds import PLATFORM, Manifest


class FileError(ValueError):
    """A file that holds no platforms; the message says where and why."""


class _Loader(yaml.SafeLoader):
    """YAML as `kubectl` reads it: a key occurs once, and dates and 1:30 are text."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            name = (key.tag, key.value)
            if key.tag != "tag:yaml.org,2002:merge" and name in seen:
                line = key.start_mark.line + 1
                raise yaml.MarkedYAMLError(problem=f"line {line}: key '{key.value}' occurs twice")
            seen.add(name)
        return super().construct_mapping(node, deep)


_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*|0[0-7]+|0x[0-9a-fA-F]+)$")
_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, _INTEGER if tag == "tag:yaml.org,2002:int" else pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp"
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, and with texts of several lines as such."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


_Dumper.add_representer(str, _text)


def written(manifests: Iterable[Manifest], *, sort_keys: bool = False) -> str:
    """Manifests as YAML documents."""
    return yaml.dump_all(
        manifests,
        Dumper=_Dumper,
        explicit_start=True,
        sort_keys=sort_keys,
        width=100,
        allow_unicode=True,
    )


def platforms(text: str) -> tuple[list[Manifest], list[str]]:
    """The platforms in a file.

    Args:
        text: YAML or JSON documents; a `List` counts as what it holds.

    Returns:
        The platforms, and the titles of other objects.

    Raises:
        FileError: It cannot be read, or has no platform.
    """
    try:
        documents = list(yaml.load_all(text, _Loader))
    except yaml.YAMLError as error:
        raise FileError(f"this is not YAML: {error}") from error
    found, others = [], []
    for item in _objects(documents):
        kind, version = item.get("kind"), item.get("apiVersion")
        group = str(version).rpartition("/")[0]
        metadata = item.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if kind != PLATFORM.name or group != PLATFORM.group:
            others.append(f"{kind or 'object without a kind'} '{name}'")
        elif version != PLATFORM.api_version:
            raise FileError(f"apiVersion of '{name}' is {version}; write {PLATFORM.api_version}")
        elif not isinstance(name, str) or not name:
            raise FileError(f"an {kind} needs a metadata.name that is text")
        else:
            found.append(item)
    if not found:
        raise FileError(
            f"the file has no {PLATFORM.name}; one begins with apiVersion: {PLATFORM.api_version}"
        )
    return found, others


def _objects(documents: Iterable[Any]) -> Iterator[Manifest]:
    for number, item in enumerate(documents, 1):
        if item is None:
            continue
        if not isinstance(item, dict):
            raise FileError(
                f"document {number} is not a Kubernetes object: it is not a map of fields"
            )
        if item.get("kind") == "List" and isinstance(item.get("items"), list):
            yield from _objects(item["items"])
        else:
            yield item
