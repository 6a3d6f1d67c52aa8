"""All conditions, `Ready` above them, and their times."""

from __future__ import annotations

import pytest

from omero_operator.api.v1alpha1.rules import FieldError
from omero_operator.api.v1alpha1.status import GATES_READY, Condition, PlatformStatus
from omero_operator.api.v1alpha1.status import ConditionType as Type
from omero_operator.health import conditions as health
from omero_operator.identity.kinds import DEPLOYMENT, STATEFUL_SET, Manifest
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Failure
from operator_builders import (
    LONG_AGO,
    NAMES,
    NOW,
    component,
    context,
    job,
    observed,
    pod,
    running_site,
    spec,
    waiting,
    workload,
)

_, BOOT = component("bootstrap").workload_of(context())
GOOD = ConditionValue("True", "Good", "fine")


def judge(
    *changed: Manifest,
    failures: tuple[Failure, ...] = (),
    pods: tuple[Manifest, ...] = (),
    runs: tuple[Manifest, ...] = (),
    **blocks: object,
) -> dict[Type, ConditionValue]:
    view = observed(*running_site(*changed), failures=failures, pods=pods, runs=runs)
    return health.judge(context(spec(**blocks)), view)


def previous(**status: str) -> list[Manifest]:
    """Conditions of an earlier status; those not named are True."""
    return [
        {
            "type": kind.value,
            "status": status.get(kind.name, "True"),
            "reason": "Before",
            "message": "as it was",
            "lastTransitionTime": LONG_AGO,
            "observedGeneration": 3,
        }
        for kind in Type
    ]


def test_site_in_order_is_ready() -> None:
    values = judge()
    assert values[Type.READY] == ConditionValue("True", "Ready", "every component is ready")
    assert values.keys() == set(Type)
    assert values[Type.SPEC_VALID] == ConditionValue(
        "True", "Accepted", "the specification is valid"
    )
    assert values[Type.PAUSED] == NOT_PAUSED


STARTING = workload(STATEFUL_SET, NAMES.database, ready=0)
WEB_STARTING = workload(DEPLOYMENT, NAMES.web, 2, ready=0)

STAGES: dict[str, tuple[Manifest, str, str]] = {
    "database": (STARTING, "StartingDatabase", "DatabaseReady: "),
    "plugin database": (
        workload(STATEFUL_SET, NAMES.plugin_database, ready=0),
        "StartingPluginDatabase",
        "PluginDatabaseReady: ",
    ),
    "Redis": (workload(STATEFUL_SET, NAMES.redis, ready=0), "StartingRedis", "RedisReady: "),
    "server": (workload(STATEFUL_SET, NAMES.server, ready=0), "StartingServer", "ServerReady: "),
    "bootstrap": (job(BOOT), "Bootstrapping", "Bootstrapped: "),
    "web": (WEB_STARTING, "StartingWeb", "WebReady: "),
    "worker": (
        workload(DEPLOYMENT, NAMES.worker, ready=0),
        "StartingWorker",
        "WorkerReady: ",
    ),
    "uploads": (
        workload(DEPLOYMENT, NAMES.uploads, ready=0),
        "StartingUploads",
        "UploadsReady: ",
    ),
    "exports": (
        workload(DEPLOYMENT, NAMES.exports, ready=0),
        "StartingExports",
        "ExportsReady: ",
    ),
}


@pytest.mark.parametrize(("changed", "reason", "begin"), STAGES.values(), ids=STAGES.keys())
def test_start_shows_its_stage(changed: Manifest, reason: str, begin: str) -> None:
    """`kubectl get omero` shows the word; it is what people watch during a start."""
    ready = judge(changed)[Type.READY]
    assert (ready.status, ready.reason) == ("False", reason)
    assert ready.message.startswith(begin)


def test_start_shows_the_earliest_stage() -> None:
    assert judge(WEB_STARTING, STARTING)[Type.READY].reason == "StartingDatabase"


def test_fault_behind_a_stage_matters_more() -> None:
    """An image that cannot be pulled is not cured by waiting for the database."""
    bad = pod("web", containerStatuses=[waiting("ErrImagePull", "denied")])
    ready = judge(STARTING, WEB_STARTING, pods=(bad,))[Type.READY]
    assert (ready.status, ready.reason) == ("False", "ImageCannotBePulled")
    assert ready.message.startswith("WebReady: image ")


def test_first_fault_in_the_order_of_a_start_is_told() -> None:
    failures = (Failure("web", "Rejected", "w"), Failure("database", "ClaimNotFound", "d"))
    assert judge(failures=failures)[Type.READY] == ConditionValue(
        "False", "ClaimNotFound", "DatabaseReady: d"
    )


def test_missing_ingress_keeps_a_site_from_being_ready() -> None:
    view = [child for child in running_site() if child["kind"] != "Ingress"]
    given = spec(web={"ingress": {"host": "a.org"}})
    ready = health.judge(context(given), observed(*view))[Type.READY]
    assert (ready.status, ready.reason) == ("False", "StartingIngress")


def test_failed_maintenance_is_worth_an_alert_and_no_outage() -> None:
    failed = job("v", "Failed", owner=NAMES.vacuum)
    values = judge(runs=(failed,))
    assert values[Type.MAINTENANCE].status == "False"
    assert values[Type.READY].status == "True"


def test_ready_gathers_all_but_itself_maintenance_and_pause() -> None:
    beside = {Type.READY, Type.STALLED, Type.MAINTENANCE, Type.UPGRADING, Type.PAUSED}
    beside.add(Type.EXPORTER)
    beside |= {Type.BACKUP, Type.QUOTAS, Type.DELETION_PROTECTION}
    assert set(Type) - set(GATES_READY) == beside


@pytest.mark.parametrize("kind", GATES_READY)
def test_no_single_condition_can_fail_unseen(kind: Type) -> None:
    values = dict.fromkeys(Type, GOOD) | {kind: ConditionValue("False", "Bad", "broken")}
    assert health._ready(values) == ConditionValue("False", "Bad", f"{kind}: broken")
    values[kind] = ConditionValue("Unknown", "Creating", "soon")
    assert health._ready(values).status == "False"


def test_hibernated_site_is_not_ready_by_wish() -> None:
    values = judge(hibernated=True)
    assert values[Type.READY] == ConditionValue(
        "False", "Hibernated", "spec.hibernated scales every pod to zero; data is kept"
    )
    assert values[Type.DATABASE] == ConditionValue(
        "False", "Hibernated", "no pods run while spec.hibernated is true"
    )


def test_hibernation_hides_no_fault() -> None:
    """What is refused now is what will be missing on the day when the site wakes up."""
    failures = (Failure("server", "SecretNotFound", "no Secret"), Failure("web", "Rejected", "w"))
    asleep = [
        workload(STATEFUL_SET, NAMES.database, 0, ready=0),
        workload(DEPLOYMENT, NAMES.worker, 0, ready=0),
    ]
    values = judge(*asleep, failures=failures, hibernated=True)
    assert values[Type.READY].reason == "Hibernated"
    assert values[Type.SERVER] == ConditionValue("False", "SecretNotFound", "no Secret")
    assert values[Type.WEB] == ConditionValue("False", "Rejected", "w")
    assert values[Type.DATABASE].reason == values[Type.WORKER].reason == "Hibernated"


# --- specifications that cannot be carried out, and pauses ----------------------------------------

ERRORS = [FieldError("spec.timeZone", "no"), FieldError("spec.web", "neither")]


NOT_PAUSED = ConditionValue("False", "NotPaused", "the operator applies changes to this platform")
SPEC_INVALID = ConditionValue("False", "SpecInvalid", "spec.timeZone: no; spec.web: neither")


def test_invalid_specification_waits_for_a_person() -> None:
    values = health.invalid(ERRORS)
    assert values[Type.READY] == values[Type.SPEC_VALID] == SPEC_INVALID
    assert values[Type.STALLED] == ConditionValue("True", "SpecInvalid", SPEC_INVALID.message)
    assert values[Type.PAUSED] == NOT_PAUSED
    assert values.keys() == {Type.READY, Type.STALLED, Type.SPEC_VALID, Type.PAUSED}


def test_specification_that_the_api_server_refuses_has_a_reason_of_its_own() -> None:
    values = health.invalid(ERRORS, "Refused")
    assert {values[kind].reason for kind in (Type.READY, Type.STALLED, Type.SPEC_VALID)} == {
        "Refused"
    }


def test_deletion_that_is_refused_says_what_would_let_it_go_on() -> None:
    values = health.deletion_refused(RuntimeError("no right"))
    message = (
        "deletionPolicy Delete cannot be applied: no right. Give the operator this permission, or "
        "set deletionPolicy to Retain, which keeps the data"
    )
    assert values == {
        Type.READY: ConditionValue("False", "DeletionRefused", message),
        Type.STALLED: ConditionValue("True", "DeletionRefused", message),
    }


@pytest.mark.parametrize(
    "values", [health.invalid(ERRORS), health.paused(4, 3)], ids=["invalid", "paused"]
)
def test_what_is_not_judged_stays_as_it_was(values: dict[Type, ConditionValue]) -> None:
    """With the generation that it was judged on: `kubectl wait` goes by that."""
    found = conditions(values, previous(WEB="False"))["WebReady"]
    assert (found.status, found.reason, found.message) == ("False", "Before", "as it was")
    assert (found.last_transition_time, found.observed_generation) == (LONG_AGO, 3)


@pytest.mark.parametrize(
    "values", [health.invalid(ERRORS), health.paused(1, -1)], ids=["invalid", "paused"]
)
def test_nothing_is_claimed_of_what_was_never_judged(values: dict[Type, ConditionValue]) -> None:
    found = conditions(values, [])
    assert found.keys() == set(Type)
    web = found["WebReady"]
    assert (web.status, web.reason, web.observed_generation) == ("Unknown", "NotJudged", 0)
    assert (web.message, web.last_transition_time) == ("not checked yet", NOW)


def test_pause_says_that_an_edit_waits() -> None:
    assert health.paused(4, 4)[Type.PAUSED] == health.PAUSED
    waits = health.paused(5, 4)[Type.PAUSED]
    paused = (
        "the annotation platform.omero.dev/paused stops all changes by the operator; remove it to "
        "resume"
    )
    assert ConditionValue("True", "PausedByAnnotation", paused) == health.PAUSED
    assert waits == ConditionValue(
        "True",
        "PausedByAnnotation",
        f"{paused}; the specification was changed: generation 5 waits and has not been checked yet",
    )
    assert "specification was changed: generation 1" in health.paused(1, 0)[Type.PAUSED].message
    assert health.paused(1, -1)[Type.PAUSED].message == (
        f"{paused}; generation 1 waits and has not been checked yet"
    )


def test_pause_that_ended_is_not_claimed_of_an_invalid_specification() -> None:
    """The annotation was removed, and the specification edited into an error at the same time."""
    assert conditions(health.invalid(ERRORS), previous())["Paused"].status == "False"


@pytest.mark.parametrize(
    "reason",
    [
        "BootstrapFailed",
        "NameTaken",
        "SecretLost",
        "VolumeLost",
        "VolumeReplaced",
        "VolumeTerminating",
    ],
)
def test_what_waits_for_a_person_is_stalled(reason: str) -> None:
    """kstatus calls a resource failed by this condition alone."""
    values = judge(failures=(Failure("server", reason, "do this"),))
    assert values[Type.STALLED] == ConditionValue("True", reason, "ServerReady: do this")
    assert values[Type.READY].status == "False"


@pytest.mark.parametrize("reason", ["ImageCannotBePulled", "SecretNotFound", "Progressing"])
def test_what_may_come_by_itself_is_not_stalled(reason: str) -> None:
    assert judge(failures=(Failure("web", reason, "w"),))[Type.STALLED].status == "False"


def test_site_in_order_and_a_hibernated_one_are_not_stalled() -> None:
    for values in (judge(), judge(hibernated=True), judge(STARTING)):
        assert values[Type.STALLED] == ConditionValue(
            "False", "NotStalled", "nothing needs your action"
        )


def test_unknown_fields_are_named_and_stop_nothing() -> None:
    view = observed(*running_site())
    ctx = context(unknown_fields=("spec.sever", "spec.web.apps 'new'"))
    values = health.judge(ctx, view)
    assert values[Type.SPEC_VALID] == ConditionValue(
        "True",
        "UnknownFieldsIgnored",
        "the specification is valid; unknown fields are ignored: spec.sever, "
        "spec.web.apps 'new' (made for a newer operator, or misspelled)",
    )
    assert values[Type.READY].status == "True"


# --- times, generations, bounds -------------------------------------------------------------------


def conditions(
    values: dict[Type, ConditionValue], before: list[Manifest], generation: int = 4
) -> dict[str, Condition]:
    found = health.conditions(values, before, generation, NOW)
    return {condition.type: condition for condition in found}


def test_every_type_is_always_present_in_the_same_order() -> None:
    found = health.conditions(judge(), [], 1, NOW)
    assert [condition.type for condition in found] == [kind.value for kind in Type]


def test_first_conditions_are_of_now() -> None:
    found = conditions(judge(), [])
    assert {condition.last_transition_time for condition in found.values()} == {NOW}


def test_time_moves_only_with_the_status() -> None:
    values = dict.fromkeys(Type, ConditionValue("True", "Other", "other words"))
    found = conditions(values, previous(WEB="False", WORKER="Unknown"))
    moved = {kind for kind, c in found.items() if c.last_transition_time == NOW}
    assert moved == {"WebReady", "WorkerReady"}
    assert {c.reason for c in found.values()} == {"Other"}


def test_condition_says_which_generation_it_was_judged_on() -> None:
    assert {c.observed_generation for c in conditions(judge(), previous()).values()} == {4}


def test_condition_that_an_older_operator_wrote_stays_without_what_it_lacks() -> None:
    before = [
        {k: v for k, v in each.items() if k not in ("message", "observedGeneration")}
        for each in previous()
    ]
    found = conditions({}, before)["WebReady"]
    assert (found.status, found.reason, found.message) == ("True", "Before", "")
    assert (found.last_transition_time, found.observed_generation) == (LONG_AGO, 0)


def test_condition_of_an_older_operator_is_dropped() -> None:
    gone = {"type": "ArchiveHealthy", "status": "True", "lastTransitionTime": LONG_AGO}
    assert "ArchiveHealthy" not in conditions(judge(), [gone])


def test_message_never_exceeds_what_the_schema_admits() -> None:
    """A refused status would hide the very thing that it tells."""
    long = ConditionValue("False", "Rejected", "x" * 10_000)
    found = health.conditions(dict.fromkeys(Type, long), [], 1, NOW)
    assert {len(condition.message) for condition in found} == {2048}
    PlatformStatus(conditions=found)


def test_readiness_repeats_a_long_message_within_the_bound() -> None:
    failure = Failure("web", "Rejected", "y" * 5000)
    found = conditions(judge(failures=(failure,)), [])
    assert found["Ready"].message.startswith("WebReady: yyy")
    assert len(found["Ready"].message) == 2048
