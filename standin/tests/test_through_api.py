"""What is described, made through OMERO's API: the same as when it is loaded as rows, and once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from omero.gateway import BlitzGateway

import local_services
from free_ports import free_port
from omero_standin.data.load import load
from omero_standin.kernel import Kernel
from omero_standin.model.store import Row
from omero_standin.through_api import block, program
from standin_here import PASSWORD, Here, standin_here

README = local_services.ROOT / "standin/README.md"
PEOPLE = {"ada", "helper"}


def described() -> dict[str, Any]:
    """The description in the README, which has every key of the format."""
    text = README.read_text().partition("```yaml\n")[2].partition("```")[0]
    description: dict[str, Any] = yaml.safe_load(text)
    block = description["data"][0]
    block["images"] = [{"name": "left over {}.tif", "count": 2, "size": [16, 16, 1, 1, 1]}]
    block["datasets"] = [{"name": "of no project", "images": [{"name": "one.tif"}]}]
    block["projects"][0]["attachments"] = [{"name": "notes.txt", "text": "hello"}]
    # In OMERO, what has no microscope, size or end of its own is as the server says.
    block["projects"][0]["datasets"][0]["images"].append(
        {"name": "stack [{}]", "count": 2, "files": "stack.czi", "size": [16, 16, 2, 1, 3]}
    )
    return description


class World:
    """A stand-in, and the program on it."""

    def __init__(self, here: Here, folder: Path, description: dict[str, Any]) -> None:
        """Files of the program go to the folder."""
        self.here, self._folder = here, folder
        self.description = description

    def run(self, *arguments: str, root: str = PASSWORD) -> int:
        """The program, from its start to its end."""
        password, data = self._folder / "root", self._folder / "data.yaml"
        password.write_text(f"{root}\n")
        data.write_text(yaml.safe_dump(self.description))
        words = ["--port", str(self.here.port), "--wait", "0", "--data", str(data)]
        return program.main([*words, "--root-password-file", str(password), *arguments])

    def counts(self) -> Counter[str]:
        """How many rows of each type there are."""
        return Counter(row.kind for row in self.here.store.everything() if row.kind not in NOISE)

    def may_log_in(self, user: str, password: str) -> bool:
        """Whether the server accepts them."""
        gateway = BlitzGateway(user, password, host="127.0.0.1", port=self.here.port, secure=True)
        try:
            return bool(gateway.connect())
        finally:
            gateway.close()


# What every session and every change leaves.
NOISE = ("Event", "EventLog", "Session", "Node")


@pytest.fixture
def world(tmp_path: Path) -> Any:
    """An empty stand-in, and the README's description."""
    with standin_here() as here:
        yield World(here, tmp_path, described())


class Seen:
    """What users see of a stand-in's accounts and data, without ids and times."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel, self._store = kernel, kernel.store

    def accounts(self) -> dict[str, Any]:
        """Groups and users."""
        accounts = self._kernel.accounts
        groups = {
            row.values["name"]: (accounts.level(row.id), row.values.get("description"))
            for row in self._store.rows("ExperimenterGroup")
        }
        users = {
            row.values["omeName"]: (
                [row.values.get(k) for k in ("firstName", "lastName", "email", "institution")],
                next(group.values["name"] for group in accounts.groups_of(row)),
                {group.values["name"] for group in accounts.groups_of(row)},
                {group.values["name"] for group in accounts.led_by(row)},
                accounts.privileges(row),
            )
            for row in self._store.rows("Experimenter")
        }
        return {"groups": groups, "users": users}

    def things(self, kind: str) -> list[Any]:
        """Containers and images: what is said about them, and where they are."""
        about = {"Image": self._image, "Plate": self._plate}.get(kind, lambda _row: ())
        return sorted(
            (
                [
                    *(row.values.get(key) for key in ("name", "description")),
                    self._belongs(row),
                    self._annotations(row),
                    self._parents(row),
                    about(row),
                ]
                for row in self._store.rows(kind)
            ),
            key=repr,
        )

    def tag_sets(self) -> Counter[tuple[str, str]]:
        """Which tag is in which set."""
        rows = self._store.rows("AnnotationAnnotationLink")
        ends = [[self._store.get(*row.values[end]) for end in ("parent", "child")] for row in rows]
        return Counter((a.values["textValue"], b.values["textValue"]) for a, b in ends)

    def _belongs(self, row: Row) -> tuple[str, str]:
        accounts = self._kernel.accounts
        return accounts.user(row.owner).values["omeName"], accounts.group(row.group).values["name"]

    def _annotations(self, row: Row) -> list[Any]:
        found = []
        for link in self._store.referring(f"{row.kind}AnnotationLink", "parent", row.ref):
            values = self._store.get(*link.values["child"]).values
            said: dict[str, Any] = {key: values[key] for key in VALUES if key in values}
            if "file" in values:
                file = self._store.get(*values["file"])
                said["file"] = (file.values["name"], self._kernel.data.content(file).read_bytes())
            if "mapValue" in said:
                said["mapValue"] = [tuple(pair) for pair in said["mapValue"]]
            found.append(said)
        return sorted(found, key=repr)

    def _parents(self, row: Row) -> list[Any]:
        found = []
        for kind in ("ProjectDatasetLink", "DatasetImageLink", "ScreenPlateLink"):
            if kind.endswith(f"{row.kind}Link"):
                for link in self._store.referring(kind, "child", row.ref):
                    found.append(self._store.get(*link.values["parent"]).values["name"])
        for sample in self._store.referring("WellSample", "image", row.ref):
            well = self._store.get(*sample.values["well"]).values
            plate = self._store.get(*well["plate"]).values["name"]
            run = self._store.get(*sample.values["plateAcquisition"]).values["name"]
            found.append((plate, run, well["row"], well["column"]))
        return found

    def _plate(self, row: Row) -> list[Any]:
        keys = ("rows", "columns", "rowNamingConvention", "columnNamingConvention", "defaultSample")
        return [row.values[key] for key in keys]

    def _image(self, row: Row) -> list[Any]:
        (pixels,) = self._store.referring("Pixels", "image", row.ref)
        shapes = [
            (shape.kind, sorted((k, v) for k, v in shape.values.items() if k != "roi"))
            for roi in self._store.referring("Roi", "image", row.ref)
            for shape in self._store.referring("Shape", "roi", roi.ref)
        ]
        acquired = row.values.get("acquisitionDate") if "cell" in row.values["name"] else None
        return [
            acquired,
            [pixels.values.get(key) for key in PIXELS],
            self._resolved(pixels, "pixelsType")["value"],
            [
                self._channel(each)
                for each in self._store.referring("Channel", "pixels", pixels.ref)
            ],
            self._optics(row),
            shapes,
        ]

    def _channel(self, row: Row) -> list[Any]:
        logical = self._resolved(row, "logicalChannel")
        keys = ("name", "emissionWave", "excitationWave")
        colours = [row.values[key] for key in ("red", "green", "blue", "alpha")]
        return [*(logical.get(key) for key in keys), colours]

    def _optics(self, row: Row) -> Any:
        if "instrument" not in row.values:
            return None
        instrument = self._store.get(*row.values["instrument"])
        microscope = self._resolved(instrument, "microscope")
        settings = self._store.get(*row.values["objectiveSettings"])
        objective = self._store.get(*settings.values["objective"])
        words = [self._resolved(objective, key)["value"] for key in ("immersion", "correction")]
        numbers = [objective.values[key] for key in ("nominalMagnification", "lensNA")]
        return [microscope["manufacturer"], microscope["model"], words, numbers]

    def _resolved(self, row: Row, member: str) -> dict[str, Any]:
        values: dict[str, Any] = self._store.get(*row.values[member]).values
        return values


VALUES = ("ns", "textValue", "longValue", "mapValue")
PIXELS = (
    *("sizeX", "sizeY", "sizeZ", "sizeC", "sizeT"),
    *("physicalSizeX", "physicalSizeY", "physicalSizeZ", "timeIncrement"),
)


def test_it_is_what_the_rows_would_be(world: World) -> None:
    assert world.run() == 0
    with standin_here() as other:
        load(other.kernel, world.description)
        made, loaded = Seen(world.here.kernel), Seen(other.kernel)
        assert made.accounts() == loaded.accounts()
        assert made.tag_sets() == loaded.tag_sets()
        for kind in ("Project", "Dataset", "Screen", "Plate", "Image"):
            assert made.things(kind) == loaded.things(kind), kind
    store = world.here.store
    # Every image comes from a file: one each, one for a stack, one for a plate.
    assert store.count("Image") == 3 + 2 + 1 + 96 + 2
    assert store.count("Fileset") == 3 + 1 + 1 + 1 + 2
    assert world.may_log_in("ada", "ada")


def test_repeated_it_makes_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run() == 0
    before = world.counts()
    assert world.run() == 0
    assert world.counts() == before
    assert "the data was complete before: nothing is created" in capsys.readouterr().out


def test_who_was_there_before_joins_the_groups(world: World) -> None:
    elsewhere = world.here.group("elsewhere")
    world.here.user("ada", elsewhere)
    assert world.run() == 0
    accounts = world.here.kernel.accounts
    groups = {group.values["name"] for group in accounts.groups_of(accounts.user_named("ada"))}
    assert groups == {"elsewhere", "lab", "user"}
    assert world.here.store.count("Project") == 1


def test_what_users_have_changed_since_stays(world: World) -> None:
    assert world.run() == 0
    (project,) = world.here.store.rows("Project")
    world.here.store.update(project, name="Mitosis, ours now")
    (screen,) = world.here.store.rows("Screen")
    (link,) = world.here.store.referring("ScreenPlateLink", "parent", screen.ref)
    world.here.store.delete(link)
    world.here.store.delete(screen)
    before = world.counts()
    assert world.run() == 0
    assert world.counts() == before
    assert [row.values["name"] for row in world.here.store.rows("Project")] == ["Mitosis, ours now"]


# After so many calls of the kind the program is ended, as a pod may be.
CUTS = [("import_images", 1), ("import_images", 4), ("describe", 2), ("describe", 5)]


@pytest.mark.parametrize(("name", "at"), CUTS)
def test_what_was_cut_off_is_made_whole(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, at: int
) -> None:
    """The plate is the fourth import, with its wells after it; the fifth is of no dataset."""
    end = Ending(getattr(block, name), at)
    with monkeypatch.context() as cut:
        cut.setattr(block, name, end)
        with suppress(KeyboardInterrupt):
            world.run()
    assert end.calls == at
    assert world.run() == 0
    cut_off = Seen(world.here.kernel)
    with standin_here() as other:
        load(other.kernel, world.description)
        whole = Seen(other.kernel)
        for kind in ("Project", "Dataset", "Screen", "Plate", "Image"):
            assert cut_off.things(kind) == whole.things(kind), kind
        assert cut_off.tag_sets() == whole.tag_sets()
    assert world.here.store.count("Fileset") == 8


class Ending:
    """A function that is carried out, and at one of its calls the program ends after it."""

    def __init__(self, function: Callable[..., Any], at: int) -> None:
        self._function, self._at = function, at
        self.calls = 0

    def __call__(self, *arguments: Any) -> Any:
        result = self._function(*arguments)
        self.calls += 1
        if self.calls == self._at:
            raise KeyboardInterrupt
        return result


def test_passwords_come_from_files_and_follow_them(world: World, tmp_path: Path) -> None:
    """A Secret is mounted as a folder; one that was made anew counts from the next run on."""
    folder = tmp_path / "passwords"
    folder.mkdir()
    world.description["data"] = []
    for password in ("first-password", "second-password"):
        for name in PEOPLE:
            (folder / name).write_text(password)
        assert world.run("--passwords", str(folder)) == 0
        assert all(world.may_log_in(name, password) for name in PEOPLE)
    assert not world.may_log_in("ada", "first-password")
    assert not world.may_log_in("ada", "ada")


def test_what_is_wrong_is_one_line(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "passwords"
    folder.mkdir()
    (folder / "ada").write_text("a-secret")
    assert world.run("--passwords", str(folder)) == 1
    assert "passwords/helper" in capsys.readouterr().err
    assert world.run(root="wrong-password") == 1
    said = capsys.readouterr()
    assert said.err.endswith("refused the password of root\n")
    assert "wrong-password" not in said.err
    world.description["data"][0]["colour"] = 1
    assert world.run() == 1
    assert "unknown keys: colour" in capsys.readouterr().err
    # Nothing was written before the mistake was found.
    assert world.here.store.count("Project") == 0


def test_a_server_that_does_not_answer_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "root").write_text("x")
    words = ["--port", str(free_port()), "--wait", "0", "--root-password-file"]
    assert program.main([*words, str(tmp_path / "root")]) == 1
    said = capsys.readouterr().err
    assert re.fullmatch(
        r"through_api: root cannot log in to OMERO.server on 127.0.0.1:\d+: Connection\w+\n", said
    )
