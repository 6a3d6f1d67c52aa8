"""A file in parts, over lines that are cut and files that change."""

from __future__ import annotations

from typing import Any

from imaris_site import PLUGIN, ExportBrowser, made_image, set_voxel
from plugin_site import Worker
from whole_site import WholeSite


def test_a_cut_download_goes_on(worker: Worker, exporter: ExportBrowser, omero_of: Any) -> None:
    export = exporter.until(exporter.start(made_image(omero_of))[0]["id"])
    whole_file = exporter.file(export["id"])
    size, tag = len(whole_file.content), whole_file.headers["ETag"]
    assert (size, whole_file.headers["Accept-Ranges"]) == (export["files"][0]["bytes"], "bytes")
    assert whole_file.headers["Cache-Control"] == "no-store"
    assert whole_file.headers["X-Accel-Buffering"] == "no"

    rest = exporter.file(export["id"], Range=f"bytes={size // 2}-", If_Range=tag)
    assert rest.status_code == 206
    assert rest.headers["Content-Range"] == f"bytes {size // 2}-{size - 1}/{size}"
    assert whole_file.content[: size // 2] + rest.content == whole_file.content
    assert rest.headers["ETag"] == tag
    last = exporter.file(export["id"], Range="bytes=-10")
    assert (last.status_code, last.content) == (206, whole_file.content[-10:])

    beyond = exporter.file(export["id"], Range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert exporter.file(export["id"], If_None_Match=tag).status_code == 304
    assert exporter.file(export["id"], If_Match='"other"').status_code == 412

    path = f"/{PLUGIN}/exports/{export['id']}/file/"
    head = exporter.client.head(path)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(size), b"")
    part = exporter.client.head(path, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.headers["Content-Length"]) == (206, "10")


def test_over_a_file_that_has_changed_it_begins_again(
    whole: WholeSite, worker: Worker, exporter: ExportBrowser, omero_of: Any
) -> None:
    """Two halves of two files are no file."""
    image = made_image(omero_of)
    export = exporter.until(exporter.start(image)[0]["id"])["id"]
    first = exporter.file(export)
    with whole.base.transaction() as cursor:
        cursor.execute("update imaris_files set state = 'expired' where image_id = %s", (image,))
    set_voxel(omero_of, image, [(2, "NANOMETER"), None, None])
    expired = exporter.file(export)
    assert (expired.status_code, expired.json()["code"]) == (410, "expired")
    exporter.tell(f"exports/{export}/retry/")
    assert exporter.until(export)["state"] == "done"

    half = len(first.content) // 2
    rest = exporter.file(export, Range=f"bytes={half}-", If_Range=first.headers["ETag"])
    assert rest.status_code == 200
    assert rest.headers["ETag"] != first.headers["ETag"]
    assert rest.content == exporter.file(export).content
    assert rest.content != first.content


def test_a_file_that_is_not_on_the_volume_is_not_offered(
    whole: WholeSite, worker: Worker, exporter: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of)
    export = exporter.until(exporter.start(image)[0]["id"])["id"]
    (file,) = (whole.exports / str(image)).iterdir()
    file.unlink()
    assert exporter.file(export).status_code == 410
    assert exporter.one(export)["state"] == "expired"
    # And nobody is given it: a new request writes it again.
    (again,) = exporter.start(image)
    assert exporter.until(again["id"])["state"] == "done"
    assert exporter.file(again["id"]).status_code == 200


def test_names_of_any_alphabet(worker: Worker, exporter: ExportBrowser, omero_of: Any) -> None:
    image = made_image(omero_of, '細胞 "1"; drop\nä/b.lif [Series 2]', (4, 3, 1, 1, 1))
    export = exporter.until(exporter.start(image)[0]["id"])
    assert export["files"][0]["file_name"] == "細胞 _1_; drop ä_b.lif [Series 2].ims"
    header = exporter.file(export["id"]).headers["Content-Disposition"]
    assert header == (
        'attachment; filename="_1_; drop a_b.lif [Series 2].ims"; '
        "filename*=UTF-8''%E7%B4%B0%E8%83%9E%20_1_%3B%20drop%20%C3%A4_b.lif%20%5BSeries%202%5D.ims"
    )
