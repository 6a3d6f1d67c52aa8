"""Waiting for a platform: every condition is printed when it turns, and explained when it stays."""

from __future__ import annotations

from omero_ci.console import say, since_start
from omero_ci.kubectl import Kubectl, has_condition
from tools.common.errors import CommandError
from tools.common.wait import wait_until


def wait_until_ready(kubectl: Kubectl, namespace: str, name: str, within: float) -> None:
    """Print each condition as it turns, until Ready is True.

    Raises:
        CommandError: It was not in time; the conditions that were not True are in the text.
    """
    say(f"[{since_start()}] waiting for omeroplatform/{name} to become Ready")
    printed: dict[str, str] = {}

    def is_ready() -> bool:
        platform = kubectl.get(namespace, "omeroplatform", name)
        conditions = platform.get("status", {}).get("conditions", [])
        for condition in conditions:
            kind = condition["type"]
            line = f"{kind:<22} {condition['status']:<8} {condition['reason']}"
            if printed.get(kind) != line:
                printed[kind] = line
                say(f"[{since_start()}]   {line}")
        current = platform["metadata"].get("generation")
        observed = platform.get("status", {}).get("observedGeneration")
        return has_condition(platform, "Ready") and observed == current

    wait_until(is_ready, within, lambda why: f"omeroplatform/{name} is not Ready: {why}", pause=1)


def explain_failure(kubectl: Kubectl, namespace: str, system_namespace: str) -> None:
    """Print what a person would look at first; what cannot be asked any more says so itself."""
    not_true = "{range .items[*].status.conditions[?(@.status!='True')]}{.type}: {.message}\n{end}"
    operator = "app.kubernetes.io/component=operator"
    questions = {
        "conditions that are not True": (namespace, "get", "omero", "-o", f"jsonpath={not_true}"),
        "pods of the site": (namespace, "get", "pods"),
        "warnings of the site": (namespace, "events", "--types", "Warning"),
        "pods of the operator": (system_namespace, "get", "pods"),
        "the operator's last lines": (system_namespace, "logs", "--selector", operator),
    }
    for title, (place, *question) in questions.items():
        say(f"\n{title}:")
        try:
            say("  " + kubectl.run(*question, "--namespace", place).rstrip().replace("\n", "\n  "))
        except CommandError as error:
            say(f"  {error}")
