"""Logs can be asked for of every component that has pods, and of nothing else."""

from __future__ import annotations

from omero_operator.desired.plan import desired
from omeroweb_admin_tools.planning.logs.sources import SOURCES
from operator_builders import context, spec, templates

COMPONENT = "app.kubernetes.io/component"


def test_sources_are_the_components_with_pods() -> None:
    objects = desired(
        context(
            spec(
                imaris={"storage": {"accessMode": "ReadWriteMany"}, "worker": {"ownPods": True}},
                web={"plugins": {"adminTools": {"enabled": True}}},
                monitoring={"exporters": True},
                backup={"enabled": True, "claim": "backups"},
                bootstrap={"restoreFrom": {"claim": "backups", "site": "other/old"}},
            ),
            # The restore comes before the others.
            may_start=frozenset({"restore"}),
        )
    )
    labels = {template["metadata"]["labels"][COMPONENT] for _, template in templates(objects)}
    assert {each.component for each in SOURCES.values()} == labels
