"""Bringing a cluster up: each step finds what is there already and adds what is not."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from omero_ci.console import say, since_start, step
from omero_ci.supervisor import Services

from . import addons, control_plane, image_load, node, preflight
from . import settings as cluster_settings
from .certificates import ensure_certificates
from .health import wait_healthy, wait_with_kubectl
from .kubeconfigs import ensure_kubeconfigs
from .places import state_folder
from .settings import DEFAULT_HTTP_PORT, DEFAULT_HTTPS_PORT, Settings


def up(
    name: str,
    *,
    has_node: bool,
    http_port: int | None,
    https_port: int | None,
    archives: list[Path],
) -> Settings:
    """Bring a cluster up, or repair it, and return when all of it is ready.

    Args:
        name: The cluster's name.
        has_node: Whether it is to run pods.
        http_port: The ingress's port without TLS, if it is to be a certain one.
        https_port: The ingress's port with TLS, likewise.
        archives: Image archives to load, too.

    Returns:
        The cluster's settings.
    """
    settings = cluster_settings.load(name)
    if settings is None:
        # Files that a `down` that was cut short has left.
        shutil.rmtree(state_folder(name), ignore_errors=True)
        settings = cluster_settings.create(
            name,
            has_node=has_node,
            http_port=http_port or DEFAULT_HTTP_PORT,
            https_port=https_port or DEFAULT_HTTPS_PORT,
        )
    preflight.check_same(settings, has_node, http_port, https_port)
    services = settings.services
    preflight.check_machine(settings, services)
    settings.save()
    with step("certificates"):
        ensure_certificates(settings)
        ensure_kubeconfigs(settings)
    if settings.has_node:
        with step("network and containerd"):
            node.prepare_machine(settings)
            node.ensure_container_runtime(settings, services)
    with ThreadPoolExecutor(max_workers=1) as beside:
        if settings.has_node:
            # The images need containerd only, and are half of the work: they load beside the rest.
            addons_image = beside.submit(image_load.load_addons, settings)
            images = beside.submit(image_load.load_archives, settings, archives)
        _ensure_control_plane(settings, services)
        if settings.has_node:
            with step("node"):
                node.ensure_node_agents(settings, services)
                node.wait_for_node(settings, services)
            with step("rest of the addons' image"):
                addons_image.result()
            with step("addons"):
                addons.ensure(settings)
            with step("rest of images"):
                loaded = images.result()
            for said in loaded:
                say(f"    {said}")
    say(f"[{since_start()}] {settings.name} is ready: {settings.kubeconfig}")
    return settings


def _ensure_control_plane(settings: Settings, services: Services) -> None:
    """Start what is missing of the control plane and wait for it."""
    with step("etcd"):
        services.ensure("etcd", control_plane.etcd(settings), [settings.pki / "etcd.crt"])
        wait_healthy(settings, services, "etcd", 60)
    with step("API server"):
        command = control_plane.api_server(settings)
        services.ensure("api-server", command, [settings.pki / "api-server.crt"])
        # Ready includes that the default roles are written; without them the next two exit.
        wait_healthy(settings, services, "api-server", 120)
    with step("controllers"):
        commands = {"controller-manager": control_plane.controller_manager(settings)}
        if settings.has_node:
            commands["scheduler"] = control_plane.scheduler(settings)
        for name, command in commands.items():
            services.ensure(name, command, [settings.kubeconfig_of(name)])
        for name in commands:
            wait_healthy(settings, services, name, 60)
        # The first thing that anyone who makes a pod needs, and proof that controllers work.
        created = ("wait", "--for=create", "serviceaccount/default", "--namespace", "default")
        wait_with_kubectl(settings, *created, seconds=60, log="controller-manager")
