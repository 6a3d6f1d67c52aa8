"""The cluster in kind, where a Docker engine works: the same interface, the same ingress."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tools.common.commands import output_of, succeeds
from tools.common.errors import Refusal
from tools.common.paths import bin_folder
from tools.common.report import line

from . import settings as cluster_settings
from . import system_parts
from .certificates import METRICS_SERVER, ensure_single
from .images import Image, system_images, write_archive
from .settings import DEFAULT_HTTP_PORT, DEFAULT_HTTPS_PORT

CONFIGURATION = Path(__file__).resolve().parents[1] / "kind" / "cluster.yaml"

# kind brings a volume provisioner and a DNS of its own; these are ours to add.
_PARTS = ("metrics-server", "traefik")


def docker_works() -> bool:
    """Tell whether a Docker engine answers."""
    return succeeds(["docker", "info"])


class KindEngine:
    """What ``ci/cluster`` can do, with kind."""

    name = "kind"

    def up(
        self,
        name: str,
        *,
        control_plane_only: bool,
        http_port: int | None,
        https_port: int | None,
        audit_log: Path | None,
        archives: list[Path],
    ) -> None:
        """Bring the cluster up, or add what is missing."""
        if control_plane_only or audit_log is not None:
            raise Refusal(
                "kind has no --control-plane-only and no --audit-log; add --engine host for these"
            )
        if name not in _clusters():
            text = configuration(http_port or DEFAULT_HTTP_PORT, https_port or DEFAULT_HTTPS_PORT)
            create = ["create", "cluster", "--name", name, "--config", "-", "--wait", "120s"]
            output_of([_kind(), *create, "--kubeconfig", self.kubeconfig(name)], stdin=text)
        images = system_images()
        for part in _PARTS:
            _load_composed(name, images[part])
        pki = cluster_settings.state_folder("kind") / f"{name}.pki"
        ensure_single(pki, METRICS_SERVER)
        values = (
            system_parts.metrics_server_values(pki)
            | {f"{part.replace('-', '_')}_image": images[part].reference for part in _PARTS}
            | {
                # In the node's own network, where the port mapping of the configuration leads.
                "ingress_address": "",
                "http_port": str(DEFAULT_HTTP_PORT),
                "https_port": str(DEFAULT_HTTPS_PORT),
                "health_port": "8082",
            }
        )
        for part in _PARTS:
            text = adapted(part, system_parts.render(part, values))
            self._kubectl(name, "apply", "--server-side", "--filename", "-", stdin=text)
        for part in _PARTS:
            namespace, deployment = system_parts.DEPLOYMENTS[part]
            where = ("--namespace", namespace, f"deployment/{deployment}")
            self._kubectl(name, "rollout", "status", "--timeout=120s", *where)
        self.load_images(name, archives)
        line("cluster", "", f"{name} is ready in kind: {self.kubeconfig(name)}")

    def down(self, name: str) -> None:
        """End the cluster and remove its data."""
        output_of([_kind(), "delete", "cluster", "--name", name])
        self.kubeconfig(name).unlink(missing_ok=True)
        line("cluster", "", f"{name} is gone from kind, its data with it")

    def status(self, name: str, *, as_json: bool) -> int:
        """Print how the cluster is; return 0 when its node is Ready."""
        if name not in _clusters():
            raise Refusal(f"there is no kind cluster {name}; bring it up with: ci/cluster up")
        print(self._kubectl(name, "get", "nodes", "-o", "json" if as_json else "wide"))
        ready = ("wait", "--for=condition=Ready", "node", "--all", "--timeout=1s")
        return 0 if succeeds(self._command(name, *ready)) else 1

    def kubeconfig(self, name: str) -> Path:
        """Return the administrator's kubeconfig."""
        return cluster_settings.state_folder("kind") / f"{name}.kubeconfig"

    def load_images(self, name: str, archives: list[Path]) -> None:
        """Load image archives into the node."""
        for archive in archives:
            output_of([_kind(), "load", "image-archive", archive, "--name", name])

    def logs(self, name: str, part: str | None, lines: int) -> None:
        """Print the last lines of one part's log."""
        if part not in _PARTS:
            raise Refusal(
                f"with kind, logs knows {' and '.join(_PARTS)}; for more: kind export logs"
            )
        namespace, deployment = system_parts.DEPLOYMENTS[part]
        where = ("--namespace", namespace, f"deployment/{deployment}")
        print(self._kubectl(name, "logs", f"--tail={lines}", *where))

    def _command(self, name: str, *arguments: str) -> list[str | Path]:
        """Return a kubectl command line for the cluster."""
        return [bin_folder() / "kubectl", f"--kubeconfig={self.kubeconfig(name)}", *arguments]

    def _kubectl(self, name: str, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl with the cluster's own kubeconfig and return what it prints."""
        return output_of(self._command(name, *arguments), stdin)


def configuration(http_port: int | None, https_port: int) -> str:
    """Return kind's configuration with the ingress's ports on this machine."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    for usual, wanted in ((DEFAULT_HTTP_PORT, http_port), (DEFAULT_HTTPS_PORT, https_port)):
        text = text.replace(f"hostPort: {usual}", f"hostPort: {wanted}")
    return text


def adapted(part: str, manifests: str) -> str:
    """Return a part's manifests as they must be within kind's node."""
    if part == "traefik":
        # The health page is on all of the node's addresses there, and so on the pod's.
        return manifests
    # kind's kubelets have certificates that the cluster's authority has not signed.
    secure = "--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
    return manifests.replace(secure, "--kubelet-insecure-tls")


def _kind() -> Path:
    """Return the kind program, or refuse."""
    program = bin_folder() / "kind"
    if not program.exists():
        raise Refusal("kind is not installed; run: ci/tools/install --only kind (or --engine host)")
    return program


def _clusters() -> set[str]:
    """Return the names of kind's clusters."""
    return set(output_of([_kind(), "get", "clusters"]).split())


def _load_composed(name: str, image: Image) -> None:
    """Put a system image together and load it into the node."""
    with tempfile.NamedTemporaryFile(suffix=".tar") as archive:
        write_archive(image, archive)
        archive.flush()
        output_of([_kind(), "load", "image-archive", archive.name, "--name", name])
