"""Pods stay as their release made them, whatever the builders of another operator make of it.

Builders change from one operator to the next: a variable more, another probe. Such a change would
restart the pods of every site as soon as the operator is upgraded. So while a site has another
release than the operator's own, a workload keeps its pod template, and the ConfigMaps that it
names, for as long as these builders make the same of the specification as when they first saw it.
A digest of that is in an annotation of the workload. When it changes, the specification or a Secret
has asked for other pods, and they are made as the operator makes them.

What the template was needs no record: the API server notes which fields the operator applied.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from omero_operator.cluster.differences import differences
from omero_operator.cluster.managed_fields import own, owned, value_at
from omero_operator.desired import plan
from omero_operator.desired.bootstrap import BOOTSTRAP
from omero_operator.desired.context import Context
from omero_operator.desired.digest import digest
from omero_operator.identity.kinds import (
    CONFIG_MAP,
    CRON_JOB,
    DEPLOYMENT,
    JOB,
    SECRET,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    Manifest,
)
from omero_operator.identity.labels import APPLIED, CHECKSUM, COMPONENT, HELD, MANAGER
from omero_operator.state.observed import Observed

_KINDS = (STATEFUL_SET.name, DEPLOYMENT.name, CRON_JOB.name)
# What pods cannot start without, and nobody else needs.
_NAMED = (CONFIG_MAP.name, SECRET.name, SERVICE_ACCOUNT.name)
_METADATA = ("name", "namespace", "labels", "annotations", "ownerReferences")


@dataclass(frozen=True)
class Hold:
    """How pods are held.

    Attributes:
        release: The operator's own release, whose builders these are.
        trusts: Whether pods that these builders have not seen yet are what the specification asks
            for.
    """

    release: str
    trusts: bool

    def jobs(self, ctx: Context, observed: Observed) -> Mapping[str, str]:
        """The bootstrap that was done stays the bootstrap of the site.

        Args:
            ctx: Build context.
            observed: What the cluster shows.

        Returns:
            Its name, if the builders have another one for it; see `Context.kept_jobs`.
        """
        name = BOOTSTRAP.name
        asked = BOOTSTRAP.workload_of(ctx)[1]
        if name not in ctx.held or observed.child(JOB, asked):
            return {}
        for own_name, live in sorted(observed.named(JOB).items()):
            if not own_name.startswith(f"{ctx.names.bootstrap}-") or _component(live) != name:
                continue
            if self._stays(live, asked, lambda: _any_other_secrets(ctx, observed)):
                return {name: own_name}
        return {}

    def pods(
        self, ctx: Context, wanted: Sequence[Manifest], observed: Observed
    ) -> tuple[list[Manifest], tuple[str, ...]]:
        """The plan with the pods that stay.

        Args:
            ctx: Build context.
            wanted: The plan as the builders make it.
            observed: What the cluster shows.

        Returns:
            The plan, and the components whose pods would be others.
        """
        if not ctx.held:
            return list(wanted), ()
        configs = _by_name(wanted, CONFIG_MAP.name)
        result, kept, waiting, free = [], [], [], []
        for manifest in wanted:
            live = _live(manifest, observed)
            if live is None or _component(manifest) not in ctx.held:
                result.append(_job(ctx, manifest, self.release))
                free += [_template(manifest)] if manifest["kind"] in _KINDS else []
                continue
            made = digest(_made(manifest, configs))
            before = own(live, MANAGER)
            changed = partial(_other_secrets, ctx, _template(manifest), live)
            if not self._stays(live, made, changed) or _taken(manifest, live):
                free.append(_template(manifest))
            elif not _alike(manifest, before, live):
                waiting.append(_component(live))
                kept.append(_template(before))
                manifest = _with_template(manifest, _template(before))
            result.append(_noted(manifest, f"{self.release} {made}"))
        used, needed = set(plan.texts(kept)), set(plan.texts(free))
        return (
            list(_with_what_it_needs(result, observed, used - needed)),
            tuple(dict.fromkeys(waiting)),
        )

    def _stays(self, live: Manifest, made: str, changed: Callable[[], bool]) -> bool:
        """Whether the specification and Secrets still ask for what is there."""
        release, _, before = _annotations(live).get(HELD, "").rpartition(" ")
        if release == self.release:
            return before == made
        return self.trusts and not changed()


def differing(wanted: Sequence[Manifest], observed: Observed) -> list[str]:
    """Components whose pods are not what the builders make.

    Args:
        wanted: The plan.
        observed: What the cluster shows.
    """
    found = []
    for manifest in wanted:
        live = _live(manifest, observed)
        if live and not _alike(manifest, own(live, MANAGER), live):
            found.append(_component(manifest))
    return list(dict.fromkeys(found))


def _made(manifest: Manifest, configs: Mapping[str, Manifest]) -> Any:
    """What pods are made of: their template, and the ConfigMaps that it names."""
    template = _template(manifest)
    named = sorted(configs.keys() & set(plan.texts(template)))
    return [template, *(configs[name].get("data") for name in named)]


def _other_secrets(ctx: Context, built: Manifest, live: Manifest) -> bool:
    """Whether a Secret or ConfigMap of the user has changed since the pods were started.

    Their digests are in annotations of the template, some of them several in one. What the builders
    compose in another way than before says nothing.
    """
    known = {"", *ctx.checksums.values(), *ctx.config_checksums.values()}
    before = _annotations(_template(live))
    for key, value in _annotations(built).items():
        parts, others = value.split("-"), before.get(key, "").split("-")
        if not key.startswith(CHECKSUM) or len(parts) != len(others) or not known.issuperset(parts):
            continue
        if parts != others:
            return True
    return False


def _any_other_secrets(ctx: Context, observed: Observed) -> bool:
    found = ((each, _live(each, observed)) for each in plan.desired(ctx))
    return any(live and _other_secrets(ctx, _template(each), live) for each, live in found)


def _taken(manifest: Manifest, live: Manifest) -> bool:
    """Whether another manager has set a field of the template to a value of its own.

    What it was before is not known any more, and the pods have restarted.
    """
    fields = [each for each in owned(live) if not each.subresource and "f:template" in each.path]
    ours = {each.path for each in fields if each.manager == MANAGER}
    return any(
        each.path not in ours and each.whole and value_at(manifest, each.path) is not None
        for each in fields
    )


def _alike(built: Manifest, before: Manifest, live: Manifest) -> bool:
    """Whether the builders make the pods that are there."""
    made, applied, shown = ({"template": _template(each)} for each in (built, before, live))
    both = (*differences(made, shown), *differences(applied, made))
    return not both


def _with_what_it_needs(
    manifests: Sequence[Manifest], observed: Observed, names: set[str]
) -> Iterator[Manifest]:
    """The plan with ConfigMaps, accounts and Secrets as the pods that stay know them."""
    planned = {(each["kind"], _name(each)) for each in manifests}
    for (kind, name), live in observed.children.items():
        if kind in _NAMED and name in names and (kind, name) not in planned:
            yield _applied(live)
    for manifest in manifests:
        name = _name(manifest)
        before = observed.child(CONFIG_MAP, name) if name in names else None
        if manifest["kind"] == CONFIG_MAP.name and before:
            yield {**manifest, "data": own(before, MANAGER).get("data", {})}
        else:
            yield manifest


def _applied(live: Manifest) -> Manifest:
    """An object as it was applied, without the mark of that."""
    before = own(live, MANAGER)
    metadata = {key: before["metadata"].get(key, live["metadata"].get(key)) for key in _METADATA}
    metadata["annotations"] = {k: v for k, v in _annotations(before).items() if k != APPLIED}
    body = {key: value for key, value in before.items() if key not in ("metadata", "status")}
    kind = {key: live[key] for key in ("apiVersion", "kind")}
    return {**kind, **body, "metadata": {key: value for key, value in metadata.items() if value}}


def _job(ctx: Context, manifest: Manifest, release: str) -> Manifest:
    """A Job that stays, with the name that the builders have for it."""
    if manifest["kind"] != JOB.name or ctx.kept_jobs.get(_component(manifest)) != _name(manifest):
        return manifest
    asked = BOOTSTRAP.workload_of(ctx.having(kept_jobs={}))[1]
    return _noted(manifest, f"{release} {asked}")


def _noted(manifest: Manifest, note: str) -> Manifest:
    metadata = manifest["metadata"]
    return {
        **manifest,
        "metadata": {**metadata, "annotations": {**_annotations(manifest), HELD: note}},
    }


def _live(manifest: Manifest, observed: Observed) -> Manifest | None:
    """The workload that is there for one of the plan; None for what is no workload."""
    if manifest["kind"] not in _KINDS:
        return None
    return observed.children.get((manifest["kind"], _name(manifest)))


def _name(item: Manifest) -> str:
    return str(item["metadata"]["name"])


def _template(workload: Manifest) -> Manifest:
    spec = workload.get("spec", {})
    inner = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
    found: Manifest = inner.get("template", {})
    return found


def _with_template(workload: Manifest, template: Manifest) -> Manifest:
    spec = workload["spec"]
    if "jobTemplate" not in spec:
        return {**workload, "spec": {**spec, "template": template}}
    job = spec["jobTemplate"]
    job = {**job, "spec": {**job["spec"], "template": template}}
    return {**workload, "spec": {**spec, "jobTemplate": job}}


def _by_name(manifests: Sequence[Manifest], kind: str) -> dict[str, Manifest]:
    return {_name(each): each for each in manifests if each["kind"] == kind}


def _annotations(item: Manifest) -> dict[str, str]:
    return dict(item.get("metadata", {}).get("annotations", {}))


def _component(item: Manifest) -> str:
    return str(item["metadata"].get("labels", {}).get(COMPONENT, ""))
