"""How a page's policy is put together."""

from __future__ import annotations

from typing import Any

import pytest
from omero_web_container import catalogue
from omero_web_container.content_security_policy import STRICT, merged, site_additions

from omero_plugin_common.env_utils import EnvironmentProblem


def test_additions_widen_what_the_directive_falls_back_to() -> None:
    whole = merged(STRICT, {"img-src": ["data:"]}, {"img-src": ["blob:", "data:"]})
    assert whole["img-src"] == ("'self'", "data:", "blob:")
    assert whole["default-src"] == ("'self'",)


def test_none_gives_way_to_a_source() -> None:
    """Beside another source, `'none'` means nothing."""
    assert merged(STRICT, {"object-src": ["'self'"]})["object-src"] == ("'self'",)


def test_who_may_show_the_site_in_a_frame_does_not_fall_back() -> None:
    frames = merged(STRICT, {"frame-ancestors": ["https://wiki.example.org"]})["frame-ancestors"]
    assert frames == ("https://wiki.example.org",)


@pytest.mark.parametrize(
    "given",
    [
        [], "img-src *", {"img-src": "https://a.example"}, {"img-src": ["a; script-src *"]},
        {"img-src": ["a b"]}, {"img-src": ["a,b"]}, {"img-src": ["a\nb"]}, {"img-src": [1]},
        {"img src": []}, {"": []}, {1: []}, None,
    ],
)  # fmt: skip
def test_additions_that_are_no_table_are_refused(given: Any) -> None:
    with pytest.raises(EnvironmentProblem, match=r"CSP_ADDITIONS.*django_additional_settings"):
        site_additions(given)


def test_pages_of_the_platform_need_nothing() -> None:
    assert catalogue.all_apps()["omp"].content_security_policy == {}


def test_no_application_needs_another_host() -> None:
    for app in catalogue.all_apps().values():
        for directive, sources in app.content_security_policy.items():
            assert directive.endswith("-src")
            assert all(each[0] == "'" or each in ("data:", "blob:") for each in sources), app.name


def test_panels_and_the_viewer_of_images_are_parts_of_omero_web() -> None:
    inside = {app.name for app in catalogue.all_apps().values() if app.is_part_of_omero_web}
    assert inside == {"iviewer", "parade", "autotag", "imaris"}
