"""What `spec.web` adds to OMERO.web: applications, links, viewers, plugins from images."""

from __future__ import annotations

import dataclasses
import json
import shlex
from typing import Any

import pytest

from omero_operator.desired import plan
from omero_operator.desired.context import Context
from operator_builders import IMAGES, by_title, context, spec

PLUGINS = [
    {
        "name": "example",
        "image": "example.org/example:1",
        "app": "omeroweb_example",
        "topLink": {"label": "Example", "url": "example_index"},
    },
    {"name": "other", "image": "example.org/other:1", "app": "other.app"},
]


def objects(ctx: Context) -> Any:
    return by_title(plan.desired(ctx))


def pods(ctx: Context) -> list[Any]:
    """The pod specifications of web and worker: both run the plugins' code."""
    found = objects(ctx)
    return [
        found[title]["spec"]["template"]["spec"]
        for title in ("Deployment/demo-web", "Deployment/demo-worker")
    ]


def variables(pod: Any) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in pod["containers"][0]["env"]}


def appended(ctx: Context, name: str) -> list[Any]:
    """The entries that the configuration file appends to a list, as `omero load` reads them."""
    text = objects(ctx)["ConfigMap/demo-web"]["data"]["platform.omero"]
    lines = [shlex.split(line) for line in text.splitlines()]
    return [json.loads(line[4]) for line in lines if line[1] == "append" and line[3] == name]


def test_every_application_is_on_unless_the_site_says_otherwise() -> None:
    for pod in pods(context()):
        assert len(variables(pod)["WEB_APPS"].split(",")) == 12


def test_a_site_may_choose_or_have_none() -> None:
    off = {"omp": {"enabled": False}, "upload": {"enabled": False}, "imaris": {"enabled": False}}
    chosen, none = ({"apps": ["iviewer", "figure"]}, {"apps": [], "plugins": off})
    assert (
        variables(pods(context(spec(web=chosen)))[0])["WEB_APPS"]
        == "iviewer,figure,omp,upload,imaris"
    )
    assert "WEB_APPS" not in variables(pods(context(spec(web=none)))[0])


def test_links_are_appended_as_omero_web_wants_them() -> None:
    links = [
        {"label": "Facility", "url": "https://f.example.org/", "title": "Book", "newTab": True},
        {"label": "It's ours", "url": "/ours/"},
    ]
    assert appended(context(spec(web={"topLinks": links})), "omero.web.ui.top_links") == [
        ["Facility", "https://f.example.org/", {"title": "Book", "target": "_blank"}],
        ["It's ours", "/ours/", {}],
    ]


def test_viewers_are_appended_as_omero_web_wants_them() -> None:
    entries = [
        {
            "name": "notebook",
            "label": "Jupyter",
            "url": "https://n.example.org/",
            "supportedObjects": ["images", "dataset"],
            "scriptUrl": "/static/n.js",
        },
        {"name": "plain", "url": "/p/", "supportedObjects": ["well"], "newTab": False},
    ]
    assert appended(context(spec(web={"openWith": entries})), "omero.web.open_with") == [
        [
            "notebook",
            "https://n.example.org/",
            {
                "supported_objects": ["images", "dataset"],
                "label": "Jupyter",
                "script_url": "/static/n.js",
                "target": "_blank",
            },
        ],
        ["plain", "/p/", {"supported_objects": ["well"]}],
    ]


@pytest.mark.parametrize("volumes", [False, True], ids=["copied", "image volumes"])
def test_plugins_are_described_and_mounted_where_their_files_are(volumes: bool) -> None:
    ctx = context(spec(web={"extraPlugins": PLUGINS}))
    ctx = dataclasses.replace(ctx, images=dataclasses.replace(IMAGES, volumes=volumes))
    for pod in pods(ctx):
        assert json.loads(variables(pod)["WEB_EXTRA_PLUGINS"]) == [
            {
                "name": "example",
                "app": "omeroweb_example",
                "topLink": {"label": "Example", "url": "example_index"},
            },
            {"name": "other", "app": "other.app"},
        ]
        mounts = {
            mount["mountPath"]: mount
            for mount in pod["containers"][0]["volumeMounts"]
            if mount["mountPath"].startswith("/opt/omero/web/extra/")
        }
        assert mounts.keys() == {"/opt/omero/web/extra/example", "/opt/omero/web/extra/other"}
        declared = {volume["name"] for volume in pod["volumes"]}
        assert all(mount["readOnly"] and mount["name"] in declared for mount in mounts.values())


def test_init_containers_copy_each_plugin_into_a_folder_of_its_own() -> None:
    for pod in pods(context(spec(web={"extraPlugins": PLUGINS}))):
        copied = {
            (one["image"], mount["subPath"])
            for one in pod["initContainers"]
            for mount in one["volumeMounts"]
        }
        assert copied == {("example.org/example:1", "example"), ("example.org/other:1", "other")}
        (volume,) = [one for one in pod["volumes"] if one["name"] == "extra-plugins"]
        assert "emptyDir" in volume


def test_image_volumes_need_no_init_container() -> None:
    ctx = context(spec(web={"extraPlugins": PLUGINS}))
    ctx = dataclasses.replace(ctx, images=dataclasses.replace(IMAGES, volumes=True))
    for pod in pods(ctx):
        assert "initContainers" not in pod
        images = [one["image"] for one in pod["volumes"] if "image" in one]
        assert [one["reference"] for one in images] == [
            "example.org/example:1",
            "example.org/other:1",
        ]
        assert {
            mount["subPath"]
            for mount in pod["containers"][0]["volumeMounts"]
            if mount["name"].startswith("plugin-")
        } == {"plugin"}


def test_without_plugins_nothing_is_left_of_them() -> None:
    for pod in pods(context()):
        assert "initContainers" not in pod
        assert "WEB_EXTRA_PLUGINS" not in variables(pod)
        assert "extra-plugins" not in {one["name"] for one in pod["volumes"]}
