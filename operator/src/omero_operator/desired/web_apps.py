"""What `spec.web` adds to OMERO.web: applications, links, viewers, and plugins from images.

A plugin's image has its files under `/plugin`. The pods find them at `/opt/omero/web/extra/<name>`:
as an image volume where the cluster has those, else copied by an init container of that image.
"""

import json
from collections.abc import Sequence
from typing import Any

from omero_operator.api.v1alpha1.web_apps import ExtraPlugin, OpenWith, TopLink
from omero_operator.desired import omero_config, omp, parts
from omero_operator.desired.component import COPYING_HELPER
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

# Their names in the web image's catalogue.
UPLOAD = "upload"
IMARIS = "imaris"
ADMIN_TOOLS = "admin_tools"
FOLDER = "/opt/omero/web/extra"
# Where plugin images keep their files.
SOURCE = "plugin"
_VOLUME = "extra-plugins"


def config(ctx: Context) -> str:
    """The lines of OMERO.web's configuration for links and viewers."""
    web = ctx.spec.web
    return omero_config.render_appended(
        "omero.web.ui.top_links", map(_top_link, web.top_links)
    ) + omero_config.render_appended("omero.web.open_with", map(_open_with, web.open_with))


def environment(ctx: Context) -> list[Manifest]:
    """The variables by which the image's catalogue and the plugins are chosen; unset means none."""
    plugins = [_described(plugin) for plugin in ctx.spec.web.extra_plugins]
    ours = ctx.spec.web.plugins
    apps = [
        *ctx.spec.web.apps,
        *([omp.APP] if ours.omp.enabled else []),
        *([UPLOAD] if ours.upload.enabled else []),
        *([IMARIS] if ours.imaris.enabled else []),
        *([ADMIN_TOOLS] if ours.admin_tools.enabled else []),
    ]
    return [
        *(parts.env(WEB_APPS=",".join(apps)) if apps else []),
        *(parts.env(WEB_EXTRA_PLUGINS=json.dumps(plugins)) if plugins else []),
    ]


def mounts(ctx: Context) -> list[Manifest]:
    """Where a container of the web image finds the plugins."""
    return [
        {
            "name": f"plugin-{plugin.name}" if ctx.images.volumes else _VOLUME,
            "mountPath": f"{FOLDER}/{plugin.name}",
            "subPath": SOURCE if ctx.images.volumes else plugin.name,
            "readOnly": True,
        }
        for plugin in ctx.spec.web.extra_plugins
    ]


def volumes(ctx: Context) -> list[Manifest]:
    """The volumes behind the mounts."""
    plugins = ctx.spec.web.extra_plugins
    if not ctx.images.volumes:
        return [parts.empty_dir(_VOLUME, sizeLimit="2Gi")] if plugins else []
    return [
        {
            "name": f"plugin-{plugin.name}",
            "image": {"reference": plugin.image, "pullPolicy": ctx.images.pull_policy},
        }
        for plugin in plugins
    ]


def init_containers(ctx: Context) -> Sequence[Manifest]:
    """The containers that copy the plugins; none where volumes bring them."""
    if ctx.images.volumes:
        return []
    return [
        parts.container(
            ctx,
            f"plugin-{plugin.name}",
            plugin.image,
            command=["cp", "-R", f"/{SOURCE}/.", "/copied/"],
            resources=COPYING_HELPER.resources(ctx.spec.helpers.resources),
            volumeMounts=[{"name": _VOLUME, "mountPath": "/copied", "subPath": plugin.name}],
        )
        for plugin in ctx.spec.web.extra_plugins
    ]


def _described(plugin: ExtraPlugin) -> dict[str, Any]:
    """A plugin as the web image reads it."""
    described: dict[str, Any] = {"name": plugin.name, "app": plugin.app}
    if plugin.top_link:
        described["topLink"] = {"label": plugin.top_link.label, "url": plugin.top_link.url}
    return described


def _top_link(link: TopLink) -> list[Any]:
    """`omero.web.ui.top_links`: label, address, attributes of the link."""
    attributes = {"title": link.title} if link.title else {}
    return [link.label, link.url, attributes | ({"target": "_blank"} if link.new_tab else {})]


def _open_with(entry: OpenWith) -> list[Any]:
    """`omero.web.open_with`: name, address, options."""
    options: dict[str, Any] = {"supported_objects": list(entry.supported_objects)}
    if entry.label:
        options["label"] = entry.label
    if entry.script_url:
        options["script_url"] = entry.script_url
    if entry.new_tab:
        options["target"] = "_blank"
    return [entry.name, entry.url, options]
