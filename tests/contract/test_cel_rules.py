"""Every rule of the definition is checked offline, too, and has a case that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omero_operator.api.v1alpha1 import admission
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from refused_specs import NAMES, REFUSED


def rules(schema: Any) -> Iterator[tuple[str, str]]:
    """(expression, message) of every rule of a schema."""
    for rule in schema.get("x-kubernetes-validations", []):
        yield rule["rule"], rule["message"]
    inner = [*schema.get("properties", {}).values()]
    inner += [schema[key] for key in ("items", "additionalProperties") if key in schema]
    for each in inner:
        yield from rules(each)


def messages(resource: Any) -> set[str]:
    found = admission.check(resource)
    return set() if isinstance(found, PlatformSpec) else {error.message for error in found}


def test_every_rule_is_broken_by_a_case_that_the_api_server_refuses_too() -> None:
    """`plan` refuses what the API server does: the table is tried on a real one as well."""
    told: set[str] = set()
    for _, spec, _ in REFUSED:
        told |= messages({"metadata": {"name": "site"}, "spec": spec})
    for name, _ in NAMES:
        told |= messages({"metadata": {"name": name}})
    all_rules = list(rules(admission.definition()))
    here = {message for rule, message in all_rules if not admission.is_about_a_change(rule)}
    assert here - told == set(), "no case in tests/support/refused_specs.py breaks these"
    elsewhere = [message for rule, message in all_rules if admission.is_about_a_change(rule)]
    assert elsewhere, "rules about a change are left to the API server"
