"""`ci/demo up`: from nothing to a site with people and images; `ci/demo down` removes it all."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from local_cluster.places import DEFAULT_NAME
from local_cluster.ports import port_is_free
from omero_ci import demo_data, demo_monitoring, environment, try_it
from omero_ci.console import say, since_start, step
from omero_ci.kubectl import Kubectl
from omero_ci.paths import ROOT, environment_with_tools
from omero_ci.progress import explain_failure, wait_until_ready
from tools.common.commands import output_of, succeeds
from tools.common.errors import CommandError
from tools.common.paths import bin_folder, cache_folder

RELEASE, SYSTEM_NAMESPACE = "omero-platform", "omero-system"
NAMESPACE = "omero-demo"
EXAMPLE = ROOT / "manifests" / "examples" / "minimal" / "platform.yaml"
CLUSTER = ROOT / "ci" / "cluster"
IMAGES = ROOT / "ci" / "images"
# The first build unpacks Go modules and makes images; afterwards most of it is removed again.
DISK_FIRST_GB, DISK_LATER_GB = 25, 10
READY_WITHIN = 600.0
# http and https of the Ingress, on the loopback address.
PORTS = (8080, 8443)


def main(arguments: list[str]) -> int:
    """Start or stop the demo."""
    match arguments:
        case ["up"]:
            _up()
        case ["down"]:
            _run(CLUSTER, "down")
            say("the demo's cluster is deleted; programs and images stay in the cache")
        case _:
            raise CommandError("usage: ci/demo up | down")
    return 0


def _up() -> None:
    _preflight()
    with step("tools (about 18 minutes the first time; later runs find them in the cache)"):
        _run(ROOT / "ci" / "tools" / "install")
    environment.main([])
    with step("images, built where something changed"):
        _run(IMAGES, "build")
    # Both at once: an image's name follows from its sources, which somebody may edit meanwhile.
    archives = output_of([IMAGES, "archives"]).splitlines()
    values = output_of([IMAGES, "values"]).strip()
    with step("cluster, with the images"):
        _run(CLUSTER, "up", "--images", *archives)
    kubectl = Kubectl(Path(output_of([CLUSTER, "kubeconfig"]).strip()))
    try:
        with step("operator and monitoring (helm upgrade --install)"):
            _install_operator(kubectl, values)
        with step(f"example platform in namespace {NAMESPACE}"):
            _apply_example(kubectl)
        platform = kubectl.get(NAMESPACE, "omeroplatforms")["items"][0]["metadata"]["name"]
        wait_until_ready(kubectl, NAMESPACE, platform, READY_WITHIN)
        with step("people and images, through OMERO's API"):
            demo_data.make_data(kubectl, NAMESPACE)
    except CommandError as error:
        explain_failure(kubectl, NAMESPACE, SYSTEM_NAMESPACE)
        raise CommandError(f"{error}\nThe cluster's logs: ci/cluster logs") from error
    _print_result(kubectl, platform)


def _preflight() -> None:
    """Refuse before anything was changed."""
    if os.geteuid() != 0:
        raise CommandError(
            "the demo starts containers on this machine and needs root: run `sudo make demo`. "
            "For a cluster of your own, see 'Install' in README.md"
        )
    needed = DISK_LATER_GB if (bin_folder() / "kubelet").exists() else DISK_FIRST_GB
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free / 1e9
    if free < needed:
        raise CommandError(
            f"{free:.0f} GB are free in {folder} and {needed} are needed: free some, or name "
            "another folder with OMERO_PLATFORM_CACHE=..."
        )
    if not _cluster_runs() and (taken := [port for port in PORTS if not port_is_free(port)]):
        raise CommandError(
            f"port {taken[0]} of this machine is used by another program, and the demo's Ingress "
            "needs it: stop that program (`ss -ltnp` names it)"
        )


def _cluster_runs() -> bool:
    """The ports are ours when the demo's own cluster is up already."""
    return succeeds([CLUSTER, "status"])


def _install_operator(kubectl: Kubectl, values: str) -> None:
    command = ["helm", "upgrade", "--install", RELEASE, str(ROOT)]
    command += ["--kubeconfig", str(kubectl.config)]
    options = ["--namespace", SYSTEM_NAMESPACE, "--create-namespace", "--values", values]
    monitoring = demo_monitoring.helm_options(DEFAULT_NAME)
    wait = ["--wait", "--timeout", "5m"]
    output_of(
        [*command, *options, *monitoring, *wait], environment=environment_with_tools(), folder=ROOT
    )


def _apply_example(kubectl: Kubectl) -> None:
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": NAMESPACE,
            "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
        },
    }
    kubectl.apply(namespace)
    patch = ("patch", "--local", "--type=merge", "--filename", str(EXAMPLE), "--output=json")
    with_logs = {"spec": demo_monitoring.specification(RELEASE, SYSTEM_NAMESPACE)}
    platform = kubectl.run(*patch, "--patch", json.dumps(with_logs))
    kubectl.run("apply", "--namespace", NAMESPACE, "--filename", "-", text=platform)


def _print_result(kubectl: Kubectl, platform: str) -> None:
    status = kubectl.get(NAMESPACE, "omeroplatform", platform)["status"]
    root, others = status["rootCredentialsSecret"], ", ".join(try_it.OTHERS)
    say(f"\n[{since_start()}] The site is ready.\n")
    say("kubectl get omero:")
    say("  " + kubectl.run("get", "omero", "--namespace", NAMESPACE).rstrip().replace("\n", "\n  "))
    say(f"""
Open        {status["url"]}
Log in as   {try_it.SCIENTIST}, a scientist; the password is in a Secret:
            export KUBECONFIG={kubectl.config} PATH="{bin_folder()}:$PATH"
            {_reads(demo_data.SECRET, try_it.SCIENTIST)}
{try_it.LINES}
Others      {others}, by their names in the same Secret
            root, the administrator: {_reads(root, "password")}
Real        Kubernetes, the operator, PostgreSQL, Redis, Celery, OMERO.web, the Ingress
Stand-in    OMERO.server: {status["version"]} speaks OMERO's protocol and
            fails with an error on unsupported calls. A site uses openmicroscopy/omero-server;
            only the image's name differs.
Stop        make demo-down
""")


def _reads(secret: str, key: str) -> str:
    """The command that shows a value of a Secret to somebody who may read it."""
    get = f"kubectl get secret {secret} -n {NAMESPACE} -o jsonpath='{{.data.{key}}}'"
    return f"{get} | base64 -d; echo"


def _run(*command: str | Path) -> None:
    """Run a step's program, whose words a person sees."""
    output_of(command, folder=ROOT, captured=False)
