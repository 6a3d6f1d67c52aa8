"""The view of one pass."""

from __future__ import annotations

from omero_operator.identity.kinds import DEPLOYMENT, STATEFUL_SET
from omero_operator.state.observed import Failure, Observed, words
from operator_builders import event, observed, pod, workload


def test_child_is_found_by_kind_and_name() -> None:
    child = workload(DEPLOYMENT, "x")
    view = observed(child)
    assert view.child(DEPLOYMENT, "x") is child
    assert view.child(STATEFUL_SET, "x") is None


def test_pods_are_told_apart_by_component() -> None:
    web, worker = pod("web", "a"), pod("worker", "b")
    unlabelled = {"metadata": {"name": "c"}}
    assert list(observed(pods=[web, worker, unlabelled]).pods_of("web")) == [web]


def test_children_of_a_kind_are_found_by_name() -> None:
    child, other = workload(DEPLOYMENT, "x"), workload(STATEFUL_SET, "y")
    assert observed(child, other).named(DEPLOYMENT) == {"x": child}


def test_events_are_told_apart_by_their_object() -> None:
    told, other = event("a", "Killing", " stopped\n"), event("b", "Killing", "x")
    assert list(observed(events=(told, other)).events_on(pod("web", "a"))) == [told]
    assert words(told) == "stopped"
    del told["message"]
    assert words(told) == ""


def test_failure_that_holds_comes_first() -> None:
    """The one that stops the component explains more than the one that does not."""
    soft = Failure("web", "Rejected", "first")
    hard = Failure("web", "SecretNotFound", "second", holds=True)
    other = Failure("worker", "Rejected", "third", holds=True)
    view = observed(failures=[other, soft, hard])
    assert view.failure_of("web") is hard
    assert view.failure_of("server") is None
    assert observed(failures=[soft]).failure_of("web") is soft


def test_nothing_is_seen_before_the_first_pass() -> None:
    assert Observed().failure_of("web") is None
    assert list(Observed().pods_of("web")) == []
