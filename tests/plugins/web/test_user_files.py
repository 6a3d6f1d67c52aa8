"""Files that users have attached: saved, or shown without being able to run anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Attach = Callable[[str, str], tuple[int, int]]
SCRIPT = b"<script>document.title = 'run'</script>"


@pytest.fixture
def visitor(stranger: Any) -> Any:
    """A member of a group who may write on its images."""
    stranger.log_in("ada-demo", "ada")
    return stranger


@pytest.fixture
def image(visitor: Any) -> int:
    """An image, in the group that is active from now on."""
    found = visitor.get("/api/v0/m/images/?limit=1").json()["data"][0]
    group = found["omero:details"]["group"]["@id"]
    visitor.get(f"/webclient/active_group/?active_group={group}")
    return int(found["@id"])


@pytest.fixture
def attach(visitor: Any, image: int) -> Attach:
    """Attaches a file as the webclient does; ids of its annotation and of the file."""

    def send(name: str, kind: str) -> tuple[int, int]:
        token = visitor.cookies["csrftoken"]
        answer = visitor.post(
            "/webclient/annotate_file/",
            data={"image": str(image), "csrfmiddlewaretoken": token},
            files={"annotation_file": (name, SCRIPT, kind)},
            headers={"Referer": str(visitor.base_url)},
        )
        assert answer.status_code == 200, answer.text[:500]
        listed = visitor.get(f"/webclient/api/annotations/?type=file&image={image}").json()
        newest = max(listed["annotations"], key=lambda each: each["id"])
        assert newest["file"]["name"] == name
        return int(newest["id"]), int(newest["file"]["id"])

    return send


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("page.html", "text/html"),
        ("odd.html", "Text/HTML; Charset=utf-8"),
        ("many.txt", "text/plain, text/html"),
        ("picture.svg", "image/svg+xml"),
        ("data.xml", "text/xml"),
        ("page.xhtml", "application/xhtml+xml"),
        ("paper.pdf", "application/pdf"),
        ("no-type", ""),
        ("data.json", "application/json"),
    ],
)
def test_what_may_run_is_saved(attach: Attach, visitor: Any, name: str, kind: str) -> None:
    annotation, file = attach(name, kind)
    for path in (
        f"/webclient/get_original_file/{file}/",
        f"/webclient/download_original_file/{file}/",
        f"/webclient/annotation/{annotation}/",
    ):
        answer = visitor.get(path)
        assert answer.content == SCRIPT, path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["content-disposition"].startswith("attachment"), path
        assert answer.headers["content-security-policy"].startswith("sandbox"), path


@pytest.mark.parametrize("kind", ["text/plain", "text/x-python", "image/png"])
def test_plain_text_and_pictures_are_shown(attach: Attach, visitor: Any, kind: str) -> None:
    _, file = attach("shown", kind)
    answer = visitor.get(f"/webclient/get_original_file/{file}/")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in answer.headers
    assert answer.content == SCRIPT


def test_chunks_of_pixels_are_saved(visitor: Any, image: int) -> None:
    """They are sent as text/html."""
    axes = visitor.get(f"/zarr/v0.4/image/{image}.zarr/.zattrs").json()["multiscales"][0]["axes"]
    answer = visitor.get(f"/zarr/v0.4/image/{image}.zarr/0/{'/'.join('0' * len(axes))}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"].startswith("sandbox")


def test_pages_and_data_are_not_saved(visitor: Any) -> None:
    for path in ("/webclient/", "/api/v0/m/projects/", "/webgateway/open_with/", "/figure/"):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert "content-disposition" not in answer.headers
        assert "sandbox" not in answer.headers["content-security-policy"]
