"""Bootstrapped: whether OMERO has its groups and the job account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omero_operator.health import bootstrap
from omero_operator.identity.kinds import Manifest
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Failure, Observed
from operator_builders import component, container, context, event, job, observed, pod, waiting

BOOTSTRAP = component("bootstrap")
_, JOB = BOOTSTRAP.workload_of(context())
SUCCESS = json.dumps(
    {"serverVersion": "5.6.16", "scripts": 23, "groups": {"created": ["lab", "core"]}}
)


def bootstrapped(view: Observed) -> ConditionValue:
    return bootstrap.judge(context(), BOOTSTRAP, view)


def ran(message: str, of: str = JOB, created: str = "2026-01-01", **status: Any) -> Manifest:
    """A pod of a bootstrap Job that left a termination message."""
    terminated = container("bootstrap", state={"terminated": {"exitCode": 1, "message": message}})
    found = pod("bootstrap", containerStatuses=[terminated], **status)
    found["metadata"]["labels"]["batch.kubernetes.io/job-name"] = of
    found["metadata"]["creationTimestamp"] = created
    return found


def words(message: str) -> str:
    return bootstrapped(observed(job(JOB, "Complete"), pods=[ran(message)])).message


def test_job_that_is_not_there_yet() -> None:
    assert bootstrapped(observed()) == ConditionValue(
        "Unknown", "Creating", f"Job {JOB} is being created"
    )


def test_job_before_the_server_is_ready() -> None:
    value = bootstrapped(observed(job(JOB, suspend=True)))
    assert value == ConditionValue(
        "False", "Waiting", "bootstrap starts after OMERO.server is ready"
    )


def test_job_that_runs() -> None:
    value = bootstrapped(observed(job(JOB)))
    assert value == ConditionValue("False", "Progressing", f"Job {JOB} is running")


def test_job_that_tries_again_says_why() -> None:
    value = bootstrapped(observed(job(JOB), pods=[ran("connection refused", phase="Failed")]))
    assert (value.status, value.reason) == ("False", "Progressing")
    assert value.message == (
        f"Job {JOB} is running; the previous attempt ended with: connection refused"
    )


def test_job_that_runs_tells_of_its_pod_and_of_events_that_may_not_be_read() -> None:
    new = pod("bootstrap", "new")
    new["metadata"]["labels"]["batch.kubernetes.io/job-name"] = JOB
    active = job(JOB)
    active["status"]["active"] = 1
    value = bootstrapped(observed(active, pods=[new], events_refusal="cannot read Events"))
    assert value == ConditionValue(
        "False",
        "Progressing",
        f"Job {JOB} is running; pod new waits for the scheduler; cannot read Events",
    )


def test_job_that_has_its_pod_complains_of_no_older_refusal() -> None:
    active = job(JOB)
    active["status"]["active"] = 1
    view = observed(active, events=(event(JOB, "FailedCreate", QUOTA),))
    assert bootstrapped(view).message == f"Job {JOB} is running"


def test_job_whose_pod_is_in_trouble() -> None:
    bad = ran("")
    bad["status"]["containerStatuses"] = [waiting("ErrImagePull", "denied")]
    assert bootstrapped(observed(job(JOB), pods=[bad])).reason == "ImageCannotBePulled"


def test_job_that_is_done() -> None:
    value = bootstrapped(observed(job(JOB, "Complete"), pods=[ran(SUCCESS)]))
    assert value == ConditionValue(
        "True", "Completed", "OMERO 5.6.16 answers, and has 23 scripts; groups created: lab, core"
    )


def test_job_that_is_done_and_whose_pod_was_cleaned_up() -> None:
    value = bootstrapped(observed(job(JOB, "Complete")))
    assert value == ConditionValue("True", "Completed", "the groups and the job account exist")


def test_job_that_failed_says_why_and_how_to_go_on() -> None:
    error = json.dumps({"error": "root's password is wrong"})
    value = bootstrapped(observed(job(JOB, "Failed"), pods=[ran(error)]))
    assert (value.status, value.reason) == ("False", "BootstrapFailed")
    assert value.message == (
        f"root's password is wrong; then `kubectl delete job {JOB}` to try again"
    )


def test_job_that_failed_without_a_word() -> None:
    assert bootstrapped(observed(job(JOB, "Failed"))) == ConditionValue(
        "False", "BootstrapFailed", f"the Job failed; then `kubectl delete job {JOB}` to try again"
    )


def test_job_that_failed_without_words_of_its_own_has_those_of_kubernetes() -> None:
    failed = job(JOB, "Failed")
    failed["status"]["conditions"][0]["message"] = "Job has reached the specified backoff limit"
    value = bootstrapped(observed(failed))
    assert value.message.startswith("Job has reached the specified backoff limit; then `kubectl")


def test_pods_of_an_older_job_say_nothing() -> None:
    old = ran("wrong password", of="demo-bootstrap-87654321")
    assert "wrong password" not in bootstrapped(observed(job(JOB), pods=[old])).message


def test_latest_pod_has_the_last_word() -> None:
    pods = [
        ran("first", created="2026-01-01"),
        ran("third", created="2026-01-03"),
        ran("second", created="2026-01-02"),
        ran("", created="2026-01-04"),
    ]
    assert bootstrapped(observed(job(JOB), pods=pods)).message.endswith("ended with: third")


QUOTA = 'Error creating: pods "x" is forbidden: exceeded quota: few, requested: pods=1'


def test_job_that_gets_no_pod_says_what_the_api_server_said() -> None:
    value = bootstrapped(observed(job(JOB), events=(event(JOB, "FailedCreate", QUOTA),)))
    assert (value.status, value.reason) == ("False", "FailedCreate")
    assert value.message == (
        f"Job {JOB} cannot create its pod: {QUOTA}; free some of the quota or ask for a higher one"
    )


def test_job_whose_resources_must_be_set_says_where() -> None:
    must = "must specify limits.cpu for: bootstrap"
    value = bootstrapped(observed(job(JOB), events=(event(JOB, "FailedCreate", must),)))
    assert value.message == (
        f"Job {JOB} cannot create its pod: {must}; set it under spec.helpers.resources, or give "
        "the namespace a LimitRange with defaults"
    )


def test_pod_that_came_after_all_ends_the_complaint() -> None:
    events = (
        event(JOB, "SuccessfulCreate", "Created pod", "Normal"),
        event(JOB, "FailedCreate", QUOTA),
    )
    assert bootstrapped(observed(job(JOB), events=events)).reason == "Progressing"


def test_missing_secret_is_told_first() -> None:
    failure = Failure("bootstrap", "SecretNotFound", "create it", holds=True)
    value = bootstrapped(observed(job(JOB, "Complete"), failures=[failure]))
    assert value == ConditionValue("False", "SecretNotFound", "create it")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Traceback …\nValueError: no", "ValueError: no"),
        ('{"error": 42}', "42"),
        ("{}", "OMERO unknown answers; groups created: none"),
        ('{"groups": {}}', "OMERO unknown answers; groups created: none"),
        ("{broken", "{broken"),
    ],
    ids=["text", "number as error", "empty answer", "no groups", "cut JSON"],
)
def test_termination_message(message: str, said: str) -> None:
    """Kubernetes puts the end of the log there when the program left nothing."""
    assert words(message) == said


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("42", "42"),
        ("null", "null"),
        ("[]", "[]"),
        ('"text"', '"text"'),
        ("\n", "the groups and the job account exist"),
        ('{"groups": null}', "OMERO unknown answers; groups created: none"),
    ],
)
def test_any_termination_message_gives_a_sentence(message: str, said: str) -> None:
    assert words(message) == said
