"""Bootstrap: a Job that makes OMERO's groups and the accounts of background jobs and monitoring.

Each input has a Job of its own. Repeating a bootstrap changes nothing in OMERO.
"""

import json
from collections.abc import Sequence

from omero_operator.api.v1alpha1 import ldap
from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import connections, monitoring, parts, run_once, web_client
from omero_operator.desired.component import RANDOM, Component, Credential
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import CONFIG_MAP, JOB, Manifest

# OMERO's notation: user, group, world; a is annotate.
_PERMISSIONS = {
    "private": "rw----",
    "read-only": "rwr---",
    "read-annotate": "rwra--",
    "read-write": "rwrw--",
}
_FILE = "/etc/omero-platform/bootstrap.json"


def content(ctx: Context) -> str:
    """What shall exist in OMERO, as the bootstrap program reads it."""
    groups = [
        {
            "name": group.name,
            "permissions": _PERMISSIONS[group.permissions],
            "description": group.description,
        }
        for group in ctx.spec.server.groups
    ]
    # Before OMERO creates it at the first login, with permissions of its own choice.
    of_ldap = ldap.group_of_new_users(ctx.spec.server.config)
    if of_ldap and of_ldap not in [group["name"] for group in groups]:
        groups.append(
            {
                "name": of_ldap,
                "permissions": _PERMISSIONS["private"],
                "description": "Users of the directory, from their first login on",
            }
        )
    return json.dumps({"groups": groups}, indent=1)


def job_name(ctx: Context) -> str:
    """Name of the Job for the present input.

    The Secrets count as input: after a password was corrected, bootstrap tries again.
    """
    if kept := ctx.kept_jobs.get(BOOTSTRAP.name):
        return kept
    secrets = (connections.root_password(ctx)[0], ctx.names.job_service_credentials)
    checksums = [ctx.checksums.get(secret, "") for secret in secrets]
    checksums += monitoring.checksum(ctx, ctx.names.monitoring_credentials).values()
    return run_once.name(ctx.names.bootstrap, [content(ctx), checksums, _template(ctx)])


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the bootstrap."""
    return [
        parts.account(ctx, BOOTSTRAP),
        ctx.manifest(
            CONFIG_MAP, ctx.names.bootstrap, "bootstrap", data={"bootstrap.json": content(ctx)}
        ),
        run_once.job(
            ctx,
            job_name(ctx),
            "bootstrap",
            _template(ctx),
            run=bool(ctx.replicas(1, "bootstrap")),
        ),
    ]


def _template(ctx: Context) -> Manifest:
    accounts = [*web_client.ACCOUNTS]
    if monitoring.has_account(ctx):
        accounts.append("monitoring")
    return web_client.template(
        ctx,
        BOOTSTRAP,
        "bootstrap",
        accounts=accounts,
        env=parts.env(BOOTSTRAP_FILE=_FILE),
        mounts=[parts.mount("config", _FILE, "bootstrap.json")],
        volumes=[{"name": "config", "configMap": {"name": ctx.names.bootstrap}}],
    )


def _secrets(ctx: Context) -> Sequence[Credential]:
    keys = (("username", "job-service"), ("password", RANDOM))
    return [
        Credential(ctx.names.job_service_credentials, "bootstrap", keys),
        *monitoring.account(ctx),
    ]


BOOTSTRAP = Component(
    name="bootstrap",
    title="bootstrap",
    condition=ConditionType.BOOTSTRAPPED,
    build=build,
    image="web",
    workload=lambda ctx: (JOB, job_name(ctx)),
    requires=("server",),
    secrets=_secrets,
    secret_references=lambda ctx: connections.root_password_references(
        ctx.spec.server, "bootstrap"
    ),
)
