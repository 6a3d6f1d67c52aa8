"""The site that a command is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubectl_omero.errors import CommandError
from kubectl_omero.kubectl import Kubectl

GROUP = "platform.omero.dev"
KIND = f"omeroplatforms.{GROUP}"
PAUSED = f"{GROUP}/paused"

# Conditions where True is not the good state.
_WISHES = ("Stalled", "Paused", "Upgrading")


@dataclass(frozen=True)
class Condition:
    """One of the conditions of a platform."""

    type: str
    status: str
    reason: str
    message: str
    since: str

    @property
    def good(self) -> bool:
        """Whether it is as it should be; a pause is a wish, and no fault."""
        return self.status == ("False" if self.type in _WISHES else "True")


@dataclass(frozen=True)
class Platform:
    """An `OmeroPlatform` as the cluster has it."""

    resource: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.resource["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(self.resource["metadata"]["namespace"])

    @property
    def spec(self) -> dict[str, Any]:
        """What it shall be."""
        found: dict[str, Any] = self.resource.get("spec") or {}
        return found

    @property
    def status(self) -> dict[str, Any]:
        """What the operator says of it."""
        found: dict[str, Any] = self.resource.get("status") or {}
        return found

    @property
    def paused(self) -> bool:
        """Whether the operator leaves it alone."""
        annotations = self.resource["metadata"].get("annotations") or {}
        return bool(annotations.get(PAUSED) == "true")

    @property
    def seen(self) -> bool:
        """Whether the status speaks of the present specification."""
        generation = self.resource["metadata"].get("generation")
        return bool(self.status.get("observedGeneration") == generation)

    @property
    def pods(self) -> str:
        """Label selector of its pods."""
        return f"app.kubernetes.io/part-of=omero-platform,app.kubernetes.io/instance={self.name}"

    def conditions(self) -> list[Condition]:
        """Its conditions, in the operator's order."""
        return [
            Condition(
                each["type"],
                each["status"],
                each.get("reason", ""),
                each.get("message", ""),
                each.get("lastTransitionTime", ""),
            )
            for each in self.status.get("conditions", [])
        ]

    def condition(self, kind: str) -> Condition:
        """One condition; status Unknown where the operator has not written it."""
        nothing = Condition(kind, "Unknown", "NotSeen", "the operator has not reported it yet", "")
        return next((each for each in self.conditions() if each.type == kind), nothing)


def find(kubectl: Kubectl, name: str = "") -> Platform:
    """The named platform, or the only one of the namespace.

    Args:
        kubectl: Of the person.
        name: Its name; empty where there is only one.

    Raises:
        CommandError: There is none, or there are several and none is named.
    """
    if name:
        return Platform(kubectl.json("get", KIND, name))
    found = kubectl.items(KIND)
    if len(found) == 1:
        return Platform(found[0])
    if not found:
        raise CommandError(
            f"there is no OmeroPlatform in the namespace '{kubectl.namespace}'; "
            "name another with --namespace"
        )
    names = ", ".join(sorted(each["metadata"]["name"] for each in found))
    raise CommandError(
        f"the namespace '{kubectl.namespace}' has several OmeroPlatforms ({names}): name one"
    )
