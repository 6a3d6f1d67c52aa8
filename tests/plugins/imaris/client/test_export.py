"""Exporting and downloading with the client for Imaris, on a real site with a worker."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

import omero_ims
from forwarder import Forwarder
from imaris_client import PATH, connector
from imaris_site import made_dataset, made_image, pixels_of, stack_of
from people import Person
from plugin_site import Worker
from whole_site import WholeSite

ODD = 'cell "1": 50 % / 細胞\n.czi'


def test_several_images_at_once_become_files_with_their_pixels(
    connection: Any, person: Person, gateway: Any, worker: Worker, tmp_path: Path
) -> None:
    conn, size = gateway(person), (60, 40, 3, 2, 2)
    images = {made_image(conn, name, size, seed=n): n for n, name in enumerate((ODD, "b"))}
    told: list[Any] = []
    last = connector.Exports(connection, tmp_path / "new").run(
        told.append, threading.Event(), images=list(images)
    )
    assert {each.image for each in last} == images.keys()
    for each in last:
        assert not each.failed, each.text
        assert each.path.name.endswith(f" [{each.image}].ims")
        assert omero_ims.verify(each.path) == []
        for t, c in np.ndindex(2, 2):
            wanted = stack_of(size, seed=images[each.image])[t, c]
            assert np.array_equal(pixels_of(each.path, c, t), wanted)
    assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".ims", ".ims"]
    assert {"Ready", "Waiting"} & {each.text.partition(":")[0] for each in told}


def test_a_download_that_is_cut_goes_on_where_it_was(
    whole: WholeSite, person: Person, gateway: Any, worker: Worker, tmp_path: Path
) -> None:
    size = (1024, 1024, 6, 1, 1)
    image = made_image(gateway(person), "large", size)
    port = urlsplit(whole.site.url).port
    assert port is not None
    with Forwarder(port) as line:
        made = connector.Connection(f"http://127.0.0.1:{line.port}/")
        made.log_in(person.name, person.password)
        asked: list[dict[str, str]] = []
        cuts: list[int] = []
        open_it = made.open

        def open_and_listen(path: str, headers: dict[str, str]) -> Any:
            asked.append(headers)
            return open_it(path, headers)

        def tell(progress: Any) -> None:
            if progress.text.startswith("Downloading") and len(cuts) < 2:
                cuts.append(line.cut())
                threading.Timer(1.5, line.mend).start()

        made.open = open_and_listen
        (last,) = connector.Exports(made, tmp_path).run(tell, threading.Event(), images=[image])
        made.log_out()
    assert not last.failed, last.text
    assert omero_ims.verify(last.path) == []
    assert np.array_equal(pixels_of(last.path), stack_of(size)[0, 0])
    assert len(cuts) == 2
    assert asked[0] == {}
    starts = [int(each["Range"].removeprefix("bytes=").removesuffix("-")) for each in asked if each]
    assert starts == sorted(starts)
    assert starts[0] > 0
    assert len({each["If-Range"] for each in asked if each}) == 1


def test_cancel_ends_the_export_on_the_site(
    connection: Any, person: Person, gateway: Any, no_worker: None, tmp_path: Path
) -> None:
    image = made_image(gateway(person), "a", (8, 8, 1, 1, 1))
    stop, told = threading.Event(), list[Any]()

    def tell(progress: Any) -> None:
        told.append(progress)
        stop.set()

    with pytest.raises(connector.Stopped):
        connector.Exports(connection, tmp_path).run(tell, stop, images=[image])
    assert told[0].text.startswith("Waiting")
    (export,) = connection.get("omeroweb_imaris_connector/exports/")["exports"]
    assert export["state"] == "cancelled"
    assert list(tmp_path.iterdir()) == []


def test_one_that_cannot_be_exported_is_said_before_anything_starts(
    connection: Any, person: Person, tmp_path: Path
) -> None:
    with pytest.raises(connector.Failure, match="no Image 99999999"):
        connector.Exports(connection, tmp_path).run(
            lambda _: None, threading.Event(), images=[99999999]
        )


def test_a_lost_session_says_so_and_the_same_call_goes_on(
    whole: WholeSite, connection: Any, person: Person, gateway: Any, worker: Worker, tmp_path: Path
) -> None:
    image = made_image(gateway(person), "a", (8, 8, 1, 1, 1))
    user = connection.user
    connection.log_out()
    exports = connector.Exports(connection, tmp_path)
    with pytest.raises(connector.Failure):
        exports.run(lambda _: None, threading.Event(), images=[image])
    assert user["userName"] == person.name
    connection.log_in(person.name, person.password)
    (last,) = exports.run(lambda _: None, threading.Event(), images=[image])
    assert omero_ims.verify(last.path) == []


def test_a_dataset_by_the_command_line(
    whole: WholeSite, person: Person, gateway: Any, worker: Worker, tmp_path: Path
) -> None:
    conn = gateway(person)
    images = [made_image(conn, f"liver {n}", (9, 7, 1, 1, 1), seed=n) for n in range(2)]
    dataset = made_dataset(conn, "livers", images)
    command = [sys.executable, str(PATH), "--site", whole.site.url, "--user", person.name]
    command += ["--password-stdin", "export", "--dataset", str(dataset), "--folder", str(tmp_path)]
    typed = f"{person.password}\n"
    ended = subprocess.run(
        command, input=typed, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr
    files = [Path(line) for line in ended.stdout.splitlines()]
    assert len(files) == 2
    assert [omero_ims.verify(file) for file in files] == [[], []]
    assert "Saved as" in ended.stderr
