"""Files that are imported together, as Bio-Formats found them, and how far they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from uuid import UUID

from psycopg2.extras import Json, execute_values

from omero_plugin_common import database
from omero_plugin_common.database.pool import Cursor
from omeroweb_upload.planning.settings import Role

State = Literal["waiting", "importing", "imported", "failed", "removed"]
# Those that an import still has to look at.
OPEN: Final[tuple[State, ...]] = ("waiting", "importing")
PAGE: Final = 1000
# No unit has this number.
_NONE: Final = -1


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of an upload.

    Attributes:
        number: its place in the declared list.
        path: relative, with `/`.
        size: in bytes.
        role: what it is.
        unit: the first unit that it belongs to, if any.
        sha1_browser: its SHA-1 as the browser computed it.
        sha1_omero: the one of OMERO's original file.
    """

    number: int
    path: str
    size: int
    role: Role
    unit: int | None
    sha1_browser: str | None
    sha1_omero: str | None


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit as it was found.

    Attributes:
        path: the file that is given to the importer.
        files: numbers of all its files, that one first.
        format: name of the format.
        reader: Bio-Formats' class for it; empty when nobody could say.
        images: how many images it contains.
        plate: whether it is a plate.
        message: what is missing, if something is.
    """

    path: str
    files: tuple[int, ...]
    format: str
    reader: str
    images: int
    plate: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, and how far it is; see `NewUnit`.

    Attributes:
        state: `waiting`, `importing`, `imported`, `failed` or `removed`.
        dataset_id: where its images go.
        screen_id: where its plates go.
        fileset_id: in OMERO.
        objects: `images` and `plates`: their ids.
        attempts: how often its import was begun.
    """

    number: int
    path: str
    files: tuple[int, ...]
    format: str
    reader: str
    images: int
    plate: bool
    message: str
    state: State
    dataset_id: int | None
    screen_id: int | None
    fileset_id: int | None
    objects: dict[str, list[int]]
    attempts: int

    @classmethod
    def from_row(cls, row: Any) -> Unit:
        """From a row of `upload_units`."""
        values = {name: row[name] for name in cls.__dataclass_fields__}
        return cls(**values | {"files": tuple(row["files"])})


@dataclass(frozen=True, slots=True)
class Sums:
    """SHA-1 of a file: of the staged one and of OMERO's; and what is wrong with it."""

    staged: str | None = None
    omero: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the import of a unit ended.

    Attributes:
        number: the unit's.
        state: what it is now.
        message: for its user.
        fileset_id: in OMERO, if there is one.
        objects: `images` and `plates`: their ids.
        sums: of its files, by their numbers.
    """

    number: int
    state: State
    message: str = ""
    fileset_id: int | None = None
    objects: Mapping[str, Sequence[int]] = field(default_factory=dict)
    sums: Mapping[int, Sums] = field(default_factory=dict)


def arrived(job: UUID) -> list[JobFile]:
    """The files that are staged and not in OMERO yet, in the order in which they were declared."""
    return _files("select * from upload_files where job = %s and state = 'uploaded'", job)


def files_of(job: UUID, numbers: Collection[int]) -> list[JobFile]:
    """Files by their numbers, whatever their state."""
    return _files(
        "select * from upload_files where job = %s and number = any(%s)", job, list(numbers)
    )


def store_found(job: UUID, found: Sequence[NewUnit], unread: Mapping[int, str]) -> None:
    """Store what an upload consists of, in place of what was found before.

    Units that are in OMERO stay.

    Args:
        job: the upload.
        found: the units.
        unread: files that no importer can read, with the reason.
    """
    with database.default().transaction() as cursor:
        cursor.execute("delete from upload_units where job = %s and state <> 'imported'", (job,))
        cursor.execute(
            "select coalesce(max(number) + 1, 0) as next from upload_units where job = %s", (job,)
        )
        row = cursor.fetchone()
        first = int(row["next"]) if row else 0
        execute_values(
            cursor,
            "insert into upload_units (job, number, path, files, format, reader, images, plate, "
            "message) values %s",
            [
                (job, first + at, e.path, list(e.files), e.format, e.reader, e.images, e.plate,
                 e.message)
                for at, e in enumerate(found)
            ],
            page_size=PAGE,
        )  # fmt: skip
        cursor.execute(
            "update upload_files set unit = nullif((%s::integer[])[number + 1], %s), message = '' "
            "where job = %s and state = 'uploaded'",
            (_first_units(cursor, job), _NONE, job),
        )
        cursor.execute(
            "update upload_files set message = given.reason "
            "from unnest(%s::integer[], %s::text[]) as given (number, reason) "
            "where job = %s and upload_files.number = given.number",
            (list(unread), list(unread.values()), job),
        )


def _first_units(cursor: Cursor, job: UUID) -> list[int]:
    """The number of the first unit of each file, by the file's number; `_NONE` for other files.

    As an array it takes one look for each file. A join would take as many as there are units where
    the database's statistics do not know yet that an upload has so many.
    """
    cursor.execute(
        "select number, files from upload_units where job = %s order by number desc", (job,)
    )
    first = {file: int(row["number"]) for row in cursor.fetchall() for file in row["files"]}
    return [first.get(file, _NONE) for file in range(max(first, default=-1) + 1)]


def load(
    job: UUID, states: Collection[State] | None = None, *, after: int = -1, limit: int | None = None
) -> list[Unit]:
    """Units of an upload by number.

    Args:
        job: the upload.
        states: only these; all when not given.
        after: only those with a higher number.
        limit: so many at most.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select * from upload_units where job = %s and number > %s "
            "and (%s::text[] is null or state = any(%s::text[])) order by number limit %s",
            (job, after, states and list(states), states and list(states), limit),
        )
        return [Unit.from_row(row) for row in cursor.fetchall()]


def begin(job: UUID, targets: Mapping[int, tuple[int | None, int | None]]) -> None:
    """Units are being imported from now on.

    Args:
        job: the upload.
        targets: id of the dataset and of the screen, by number of the unit.
    """
    with database.default().transaction() as cursor:
        execute_values(
            cursor,
            "update upload_units set state = 'importing', attempts = attempts + 1, message = '', "
            "dataset_id = given.dataset, screen_id = given.screen "
            "from (values %s) as given (job, number, dataset, screen) "
            "where upload_units.job = given.job and upload_units.number = given.number",
            [(job, number, dataset, screen) for number, (dataset, screen) in targets.items()],
            template="(%s::uuid, %s, %s::bigint, %s::bigint)",
            page_size=PAGE,
        )


def save(job: UUID, outcomes: Iterable[Outcome]) -> None:
    """Store how imports ended, with the checksums of their files, in one transaction.

    Only a file that is an image becomes `imported`: what is to be attached is still needed.
    """
    outcomes = list(outcomes)
    with database.default().transaction() as cursor:
        execute_values(
            cursor,
            "update upload_units set state = given.state, message = given.message, "
            "fileset_id = given.fileset, objects = given.objects "
            "from (values %s) as given (job, number, state, message, fileset, objects) "
            "where upload_units.job = given.job and upload_units.number = given.number",
            [
                (job, e.number, e.state, e.message, e.fileset_id, Json(_lists(e.objects)))
                for e in outcomes
            ],
            template="(%s::uuid, %s, %s, %s, %s::bigint, %s::jsonb)",
            page_size=PAGE,
        )
        execute_values(
            cursor,
            "update upload_files set sha1_staged = coalesce(given.staged, sha1_staged), "
            "sha1_omero = coalesce(given.omero, sha1_omero), message = given.message, "
            "state = case when role = 'image' "
            "and upload_files.state in ('uploaded', 'imported', 'failed') "
            "then given.state else upload_files.state end "
            "from (values %s) as given (job, number, staged, omero, message, state) "
            "where upload_files.job = given.job and upload_files.number = given.number",
            [_file_row(job, e, number, sums) for e in outcomes for number, sums in e.sums.items()],
            template="(%s::uuid, %s, %s::text, %s::text, %s, %s)",
            page_size=PAGE,
        )


def skip_unread(job: UUID) -> int:
    """Images that no importer can read are done with; how many there are."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "update upload_files set state = 'skipped' where job = %s and state = 'uploaded' "
            "and role = 'image' and unit is null",
            (job,),
        )
        return int(cursor.rowcount)


def unreadable(job: UUID) -> list[tuple[str, str]]:
    """Files that no importer can read, with the reason."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select path, message from upload_files where job = %s and role = 'image' "
            "and unit is null and message <> '' and state in ('uploaded', 'skipped') "
            "order by number",
            (job,),
        )
        return [(row["path"], row["message"]) for row in cursor.fetchall()]


def counts(job: UUID) -> dict[State, int]:
    """How many units are in which state."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select state, count(*) as units from upload_units where job = %s group by state",
            (job,),
        )
        return {row["state"]: int(row["units"]) for row in cursor.fetchall()}


def needed_by_open(job: UUID, numbers: Collection[int]) -> set[int]:
    """Those of some files that a unit needs which is not in OMERO."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select distinct file from upload_units, unnest(files) as file "
            "where job = %s and state not in ('imported', 'removed') and files && %s::integer[]",
            (job, list(numbers)),
        )
        return {row["file"] for row in cursor.fetchall()} & set(numbers)


def _files(statement: str, *values: object) -> list[JobFile]:
    with database.default().transaction() as cursor:
        cursor.execute(f"{statement} order by number", values)
        rows = cursor.fetchall()
    return [JobFile(**{name: row[name] for name in JobFile.__dataclass_fields__}) for row in rows]


def _lists(objects: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    return {kind: list(ids) for kind, ids in objects.items()}


def _file_row(job: UUID, outcome: Outcome, number: int, sums: Sums) -> tuple[Any, ...]:
    if outcome.state == "imported":
        state = "failed" if sums.problem else "imported"
    else:
        state = "failed" if outcome.state == "failed" else "uploaded"
    return (job, number, sums.staged, sums.omero, sums.problem, state)
