"""The admin tools are an application of OMERO.web and of the worker, where the site wants them."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired.plan import desired
from operator_builders import context, spec, templates

PODS = ("Deployment/demo-web", "Deployment/demo-worker")


def apps(title: str, **blocks: Any) -> list[str]:
    template = dict(templates(desired(context(spec(**blocks)))))[title]
    env = template["spec"]["containers"][0]["env"]
    return next(str(each["value"]).split(",") for each in env if each["name"] == "WEB_APPS")


@pytest.mark.parametrize("title", PODS)
def test_they_are_off_unless_a_site_wants_them(title: str) -> None:
    assert "admin_tools" not in apps(title)
    wanted = {"plugins": {"adminTools": {"enabled": True}}}
    assert apps(title, web=wanted)[-1] == "admin_tools"
