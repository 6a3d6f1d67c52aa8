"""One pass over one platform: the order of the steps, and nothing else.

A pass is the same for a new platform, an edit, a repaired child and a restart. It reads the
cluster, computes what should be there, writes the difference and reports what it saw.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from omero_operator import __version__, report
from omero_operator.api.v1alpha1 import reading
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.release import Operation
from omero_operator.api.v1alpha1.release import Release as InForce
from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.cluster import (
    apply,
    certificates,
    credentials,
    deletion,
    deletion_policies,
    dry_run,
    held_pods,
    observe,
    pg_backups,
    referenced,
    restarts,
    returned_claims,
    status,
    unready,
    volume_snapshots,
)
from omero_operator.cluster.additions import Additions
from omero_operator.cluster.client import Api
from omero_operator.cluster.discovery import Discovery
from omero_operator.cluster.errors import RefusedError
from omero_operator.cluster.failures import not_served, refused
from omero_operator.cluster.repairs import Repairs
from omero_operator.desired import generated, omero_config, plan, start_order, validation
from omero_operator.desired.context import Context, Images
from omero_operator.health import conditions, lost_clusters, lost_data, platform_status
from omero_operator.identity.kinds import CLAIM, PG_CLUSTER, PLATFORM, SECRET, Manifest
from omero_operator.identity.labels import BACKUP_NOW, PAUSED
from omero_operator.liveness import WatchAudit
from omero_operator.operations import decision, major, pairs, release
from omero_operator.operations.catalogue import Catalogue, Release
from omero_operator.state import rollout
from omero_operator.state.observed import Failure, Observed

# A platform that is not what it should be is looked at again even if no watch says anything:
# what it waits for may be an object that the operator does not watch, such as a user's Secret.
WAITING = 15.0

# Times of steps do not count while no operator runs.
_STARTED = datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Key:
    """A platform's address."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class PlatformGoneError(Exception):
    """There is no platform of this name, or Kubernetes is taking it down."""


class SpecRefusedError(Exception):
    """The API server will not have objects of a changed specification; none was written.

    Attributes:
        errors: What it says, with the part of the specification.
    """

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


@dataclass(frozen=True)
class Reconciler:
    """What a pass needs beside the platform's address.

    Attributes:
        api: Connection.
        images: Images of this installation.
        namespaces: Watched namespaces; none means all.
        audit: Compares lists with what the watches reported.
        additions: Takes back what others add to children.
        repairs: Says how often a child that others change is put back.
        catalogue: Releases that a site can ask for; None for the one of these images alone.
        discovery: Remembers which optional kinds the cluster lacks.
    """

    api: Api
    images: Images
    namespaces: Sequence[str]
    audit: WatchAudit
    additions: Additions
    repairs: Repairs
    catalogue: Catalogue | None = None
    discovery: Discovery = field(default_factory=Discovery)

    @property
    def releases(self) -> Catalogue:
        """The releases that a site can ask for."""
        return self.catalogue or Catalogue(Release(__version__, self.images.references))

    async def run(self, key: Key) -> float | None:
        """Make one pass.

        Args:
            key: Which platform.

        Returns:
            Seconds after which to look again without being woken; None for the ordinary full
            pass.

        Raises:
            TemporaryError: The API server could not be reached; try again.
            LeadershipLostError: Another replica may be active.
            PlatformGoneError: It is gone, or going.
        """
        platform = await self.api.get(PLATFORM, key.namespace, key.name)
        if platform is not None and "deletionTimestamp" in platform["metadata"]:
            return await self._end(key, platform)
        refusal = None
        if platform is not None:
            platform, refusal = await deletion.follow_policy(self.api, platform)
        if platform is None:
            raise self._gone(key)
        generation, seen = platform["metadata"]["generation"], _seen(platform)
        if platform["metadata"].get("annotations", {}).get(PAUSED) == "true":
            self.audit.listed([platform], place=str(key))
            paused = conditions.paused(generation, seen)
            await report.write_some(self.api, platform, paused, seen)
            return None
        try:
            spec, unknown = reading.tolerant(platform.get("spec", {}))
            errors = validation.check(spec)
            errors += release.errors(spec, platform.get("status", {}), self.releases)
        except ValidationError as error:
            errors = reading.errors_of(error)
        if errors:
            self.audit.listed([platform], place=str(key))
            await report.write_some(self.api, platform, conditions.invalid(errors), generation)
            return None
        failures = [] if refusal is None else [refused("server", refusal)]
        return await self._converge(platform, self.context(platform, spec, unknown), failures)

    async def _end(self, key: Key, platform: Manifest) -> float | None:
        """The end of a platform; Kubernetes removes what it owns."""
        try:
            await deletion.carry_out(self.api, platform)
        except RefusedError as error:
            values = conditions.deletion_refused(error)
            await report.write_some(self.api, platform, values, _seen(platform))
            return WAITING
        raise self._gone(key)

    def _gone(self, key: Key) -> PlatformGoneError:
        self.audit.forget(str(key))
        return PlatformGoneError(f"no platform {key}")

    async def _converge(
        self, platform: Manifest, ctx: Context, failures: Sequence[Failure]
    ) -> float | None:
        try:
            ctx, _, observed = await self.children(platform, ctx, failures)
        except SpecRefusedError as refusal:
            values = conditions.invalid(refusal.errors, "Refused")
            generation = platform["metadata"]["generation"]
            await report.write_some(self.api, platform, values, generation)
            return WAITING
        observed = await unready.look_at(self.api, ctx, observed)
        observed = await pg_backups.look_at(self.api, ctx, observed)
        observed = await deletion_policies.look_at(self.api, ctx, observed)
        values = conditions.judge(ctx, observed)
        await report.write(
            self.api,
            platform,
            values,
            lambda found: {
                **platform_status.status(ctx, observed, found),
                "observedGeneration": _applied(platform, ctx, observed),
            },
        )
        settled = values[ConditionType.READY].status == "True" or ctx.spec.hibernated
        # A step may wait for what nobody watches, such as its time.
        settled = settled and values[ConditionType.UPGRADING].status != "True"
        # Nothing that is watched changes when a pod is refused once more.
        settled = settled and not any(map(rollout.lacks_its_pod, observed.runs))
        return None if settled else WAITING

    async def children(
        self,
        platform: Manifest,
        ctx: Context,
        failures: Sequence[Failure] = (),
        may_start: Callable[[Context, Observed], frozenset[str]] = start_order.may_start,
        *,
        in_steps: bool = True,
    ) -> tuple[Context, Observed, Observed]:
        """Make the children what the specification says.

        Args:
            platform: The platform.
            ctx: Build context.
            failures: What went wrong before.
            may_start: Says which components may start.
            in_steps: Whether another release comes step by step; else the children are those of the
                end.

        Returns:
            The context as builders had it, and what was there before and afterwards.

        Raises:
            SpecRefusedError: The API server refuses objects of a changed specification.
        """
        asked = plan.desired(ctx)
        kinds_of_plan = {manifest["kind"] for manifest in asked}
        observed, unreadable = await observe.observe(
            self.api, ctx.namespace, ctx.name, kinds_of_plan, self.discovery
        )
        self.audit.listed(
            [platform, *observed.children.values(), *observed.pods, *observed.runs],
            place=f"{ctx.namespace}/{ctx.name}",
        )

        record = lost_data.Record.of(platform)
        observed = replace(
            observed,
            now=datetime.datetime.now(datetime.UTC),
            watched_since=_STARTED,
            status=platform.get("status", {}),
            data_volumes=tuple(record.volumes.values()),
            generated_secrets=tuple(record.secrets.values()),
        )
        ctx, observed = self._with_release(ctx, observed)
        found = await referenced.look_up(self.api, ctx, observed, self.namespaces)
        missing = await volume_snapshots.look_up(self.api, ctx, observed, self.discovery)
        observed = replace(
            observed,
            failures=(
                *failures,
                *found.failures,
                *missing,
                *not_served(asked, observed.absent),
                *apply.blinded(unreadable, plan.with_pods(ctx)),
            ),
            certificate=certificates.of_ingress(ctx, found.secrets),
            server_certificate=certificates.of_server(ctx, found.secrets),
        )
        if CLAIM.name not in unreadable:
            observed = lost_data.with_volumes(ctx, observed, found.claims, record)
        if PG_CLUSTER.name not in unreadable:
            observed = lost_clusters.with_clusters(ctx, observed, record)
        if not _accepted(platform):
            intended = _served(plan.desired(ctx), observed)
            errors = await dry_run.refusals(self.api, ctx.uid, intended, observed, unreadable)
            if errors:
                raise SpecRefusedError(errors)
        refusals = await returned_claims.take(self.api, ctx, observed, found.claims)
        observed = replace(observed, failures=(*observed.failures, *refusals))
        if SECRET.name not in unreadable:
            ctx, observed = await self._with_secrets(ctx, observed, found, record)
        decided = self._decide(platform, ctx, observed, in_steps=in_steps)
        if in_steps:
            await self._record(platform, decided)
        jobs = decided.jobs(ctx)
        ctx = decided.shape(self._of_release(ctx, decided.release))
        observed = self._told(observed, decided)
        hold = self._hold(platform, decided)
        ctx = replace(ctx, kept_jobs=hold.jobs(ctx, observed))
        ctx = replace(ctx, may_start=may_start(ctx, observed))

        wanted, waiting = hold.pods(ctx, _served([*plan.desired(ctx), *jobs], observed), observed)
        observed = replace(observed, waiting=waiting)
        after = await apply.converge(
            self.api,
            ctx.uid,
            wanted,
            observed,
            unreadable,
            self.repairs,
        )
        told = restarts.without_waiting(wanted, after)
        after = await self.additions.take_back(told, plan.credentials(ctx), after)
        return ctx, observed, after

    def _with_release(self, ctx: Context, observed: Observed) -> tuple[Context, Observed]:
        """The context with the images of the release that is in force."""
        found = release.in_force(ctx, observed, self.releases)
        ctx = self._of_release(ctx, found)
        asked = decision.target_release(ctx, found, self.releases)
        later = release.with_images(ctx, self.images, asked.images)
        entry = self.releases.find(asked.version)
        moves = major.possible(ctx, later, asked != found, observed)
        if errors := pairs.refused(later, entry, observed, moves=moves):
            raise SpecRefusedError(errors)
        return ctx, replace(observed, release=found)

    def _decide(
        self, platform: Manifest, ctx: Context, observed: Observed, *, in_steps: bool
    ) -> decision.Decision:
        """What becomes of the release in this pass."""
        if not in_steps:
            last = decision.target_release(ctx, observed.release, self.releases)
            return decision.Decision(last, Operation())
        generation = platform["metadata"]["generation"]

        def restarts() -> Sequence[str]:
            return held_pods.differing(plan.desired(ctx), observed)

        return decision.decide(ctx, observed, self.releases, generation, restarts)

    def _of_release(self, ctx: Context, found: InForce) -> Context:
        """The context with the images of a release; its pods stay, if it is not the operator's."""
        ctx = release.with_images(ctx, self.images, found.images)
        own = found.version == self.releases.current.version
        held = frozenset() if own else frozenset(plan.with_pods(ctx))
        return replace(ctx, held=held, claims=found.claims)

    def _hold(self, platform: Manifest, decided: decision.Decision) -> held_pods.Hold:
        """How pods stay as they are.

        An operator that looks at a site for the first time takes its pods for what the
        specification asks for, if that has not changed since, or if an upgrade changes all pods in
        its own order.
        """
        unchanged = _seen(platform) == platform["metadata"]["generation"]
        return held_pods.Hold(
            self.releases.current.version,
            trusts=not decided.returns and (unchanged or decided.operation.active),
        )

    async def _record(self, platform: Manifest, decided: decision.Decision) -> None:
        """Write a step that begins into the status, before anything that it does."""
        before = platform.get("status", {})
        if not before.get("conditions") or decision.recorded(before) == decided.operation:
            return
        after = {
            "release": decided.release.model_dump(by_alias=True),
            "operation": decided.operation.model_dump(by_alias=True),
        }
        await status.write(self.api, platform, {**before, **after})

    def _told(self, observed: Observed, decided: decision.Decision) -> Observed:
        """What the status and the conditions say of it."""
        newest, found = self.releases.current.version, decided.release
        return replace(
            observed,
            release=found,
            available="" if newest == found.version else newest,
            operation=decided.operation,
        )

    def context(
        self, platform: Manifest, spec: PlatformSpec, unknown: tuple[str, ...] = ()
    ) -> Context:
        """The build context of a platform, as far as its resource alone says."""
        metadata = platform["metadata"]
        return Context(
            name=metadata["name"],
            namespace=metadata["namespace"],
            uid=metadata["uid"],
            spec=spec,
            images=self.images.overridden(spec),
            unknown_fields=unknown,
            backup_now=str(metadata.get("annotations", {}).get(BACKUP_NOW, "")),
        )

    async def _with_secrets(
        self, ctx: Context, observed: Observed, found: referenced.Found, record: lost_data.Record
    ) -> tuple[Context, Observed]:
        """The context with what builders may know of Secrets: digests, and named properties.

        Components whose Secret is lost, or has a name that is taken, are held back: their pods
        would read new values, or a stranger's.
        """
        wanted = plan.credentials(ctx)
        lost = lost_data.secrets(ctx, wanted, observed, record)
        manifests = generated.build(ctx, wanted)
        made = await credentials.ensure(self.api, wanted, manifests, observed, lost)
        observed = replace(
            observed,
            failures=(
                *observed.failures,
                *(failure for name in made.lost for failure in lost[name]),
                *credentials.failures(ctx, observed, made),
            ),
            generated_secrets=tuple(lost_data.recorded_secrets(wanted, made.secrets, record)),
        )
        if ctx.names.checksum_key not in made.secrets:
            return ctx, observed
        key = made.secrets[ctx.names.checksum_key]["data"]["key"].encode()
        properties = referenced.properties(ctx, found.secrets)
        checksums = referenced.checksums([*made.secrets.values(), *found.secrets.values()], key)
        text = omero_config.render(properties)
        checksums[ctx.names.server_secret_config] = referenced.keyed_digest(text, key)
        configs = referenced.checksums(found.config_maps.values(), key)
        known = replace(ctx, checksums=checksums, config_checksums=configs)
        return replace(known, secret_properties=properties), observed


def _served(manifests: Sequence[Manifest], observed: Observed) -> Sequence[Manifest]:
    """The manifests of kinds that the cluster knows."""
    return [manifest for manifest in manifests if manifest["kind"] not in observed.absent]


def _seen(platform: Manifest) -> int:
    """The generation that the status speaks of; -1 before the first pass."""
    return int(platform.get("status", {}).get("observedGeneration", -1))


def _applied(platform: Manifest, ctx: Context, observed: Observed) -> int:
    """The generation that the status of a pass speaks of.

    An edit from a time without an operator shows in this number alone, as long as pods that are
    held wait for their turn to follow it.
    """
    generation = int(platform["metadata"]["generation"])
    return _seen(platform) if ctx.held and observed.restarts else generation


def _accepted(platform: Manifest) -> bool:
    """Whether the present specification was found valid before."""
    return any(
        (condition["type"], condition["status"]) == (ConditionType.SPEC_VALID, "True")
        and condition.get("observedGeneration") == platform["metadata"]["generation"]
        for condition in report.previous(platform)
    )
