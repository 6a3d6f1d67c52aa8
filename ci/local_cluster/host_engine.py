"""The cluster as plain processes of this machine."""

from __future__ import annotations

from pathlib import Path

from tools.common.errors import Refusal
from tools.common.report import line

from . import containers, status
from . import settings as cluster_settings
from .down import take_down
from .kubectl import kubectl
from .settings import Settings
from .system_parts import DEPLOYMENTS
from .up import bring_up


class HostEngine:
    """What ``ci/cluster`` can do, with processes of this machine."""

    name = "host"

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
        """Bring the cluster up, or repair it."""
        if control_plane_only and archives:
            raise Refusal("--control-plane-only has no node to load --images into")
        bring_up(
            name,
            has_node=not control_plane_only,
            http_port=http_port,
            https_port=https_port,
            audit_log=audit_log,
            archives=archives,
        )

    def down(self, name: str) -> None:
        """End the cluster and remove its data."""
        take_down(name)

    def status(self, name: str, *, as_json: bool) -> int:
        """Print how the cluster is; return 0 when all of it is well."""
        found = status.examine(_standing(name))
        print(status.show(found, as_json=as_json))
        return 0 if all(part.is_ready for part in found) else 1

    def kubeconfig(self, name: str) -> Path:
        """Return the administrator's kubeconfig."""
        return _standing(name).kubeconfig

    def load_images(self, name: str, archives: list[Path]) -> None:
        """Load image archives into the node."""
        settings = _standing(name)
        if not settings.has_node:
            raise Refusal(f"{name} is a control plane only: it has no node to load images into")
        for said in containers.load_archives(settings, archives):
            line("image", "", said)

    def logs(self, name: str, part: str | None, lines: int) -> None:
        """Print the last lines of one part's log, or name all parts."""
        settings = _standing(name)
        own = sorted(log.stem for log in settings.logs.glob("*.log"))
        if part is None:
            for log in own:
                print(f"{log:<24} {settings.logs / log}.log")
            for pod in DEPLOYMENTS if settings.has_node else ():
                print(f"{pod:<24} (a pod)")
        elif part in own:
            text = (settings.logs / f"{part}.log").read_text(encoding="utf-8", errors="replace")
            print("\n".join(text.splitlines()[-lines:]))
        elif part in DEPLOYMENTS and settings.has_node:
            namespace, deployment = DEPLOYMENTS[part]
            where = ("--namespace", namespace, f"deployment/{deployment}")
            print(kubectl(settings, "logs", f"--tail={lines}", *where))
        else:
            pods = DEPLOYMENTS if settings.has_node else ()
            raise Refusal(f"{name} has no part {part!r}; it has: {', '.join([*own, *pods])}")


def _standing(name: str) -> Settings:
    """Return the settings of a cluster that was brought up, or refuse."""
    settings = cluster_settings.load(name)
    if settings is None:
        raise Refusal(f"there is no cluster {name}; bring it up with: ci/cluster up --name {name}")
    return settings
