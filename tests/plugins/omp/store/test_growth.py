"""How many rows a user has in the plugin database, however long the page is used."""

from __future__ import annotations

from uuid import UUID

import pytest

from omero_plugin_common.database import Database, migrate
from omero_plugin_common.database import migrations as migrating
from omero_plugin_common.database.packed import pack
from omero_plugin_common.errors import NotFound
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning.totals import Totals
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.previews import Preview

ADA, GRACE = 7, 8
IMAGES = [(id_, f"HeLa_{id_:02d}_DAPI.tif", "names") for id_ in range(1, 4)]
# In an hour of typing there are some 360 pauses of a second and longer; the bound is met sooner.
PAUSES = 120
PACKAGES = ("omero_plugin_common", "omeroweb_omp_plugin")


def count(base: Database, table: str) -> int:
    with base.transaction() as cursor:
        cursor.execute(f"select count(*) as n from {table}")  # noqa: S608 - a name of this file
        row = cursor.fetchone()
        assert row is not None
        return int(row["n"])


def typed(selection: UUID, name: str, after: UUID | None, user: int = ADA) -> Preview:
    settings = ParserSettings("separators", "_", (name, "Number", "Stain"))
    overrides = {} if after else {1: {"Number": "one"}}
    return previewing.read_again(user, selection, settings, overrides, "replace_own", after)


def test_an_hour_of_typing_leaves_a_few_previews(database: Database) -> None:
    selection = selections.save(ADA, IMAGES)
    other = typed(selections.save(GRACE, IMAGES), "Line", None, GRACE)
    last = typed(selection, "L", None)
    for at in range(PAUSES):
        last = typed(selection, f"L{at}", last.id)
        assert count(database, "omp_previews") <= previews.KEPT + 1
    # What the user typed first is in the last one, and others lose nothing.
    assert last.overrides == {1: {"Number": "one"}}
    assert previews.load(other.id, GRACE).id == other.id


def test_a_preview_that_a_job_works_with_stays(database: Database) -> None:
    selection = selections.save(ADA, IMAGES)
    used, unused = typed(selection, "Line", None), typed(selection, "Lines", None)
    previews.keep_for_a_job(used.id, ADA)
    for at in range(previews.KEPT):
        typed(selection, f"L{at}", None)
    assert previews.load(used.id, ADA).settings == used.settings
    with pytest.raises(NotFound):
        previews.load(unused.id, ADA)
    with pytest.raises(NotFound):
        previews.keep_for_a_job(used.id, GRACE)


def test_only_the_selections_used_last_stay(database: Database) -> None:
    used = selections.save(ADA, IMAGES)
    selections.keep_for_a_job(used, ADA)
    opened, forgotten = selections.save(ADA, IMAGES), selections.save(ADA, IMAGES)
    theirs = selections.save(GRACE, IMAGES)
    for _ in range(selections.KEPT - 1):
        selections.load(opened, ADA)
        selections.save(ADA, IMAGES)
    assert count(database, "omp_selections") == selections.KEPT + 2
    for user, each in ((ADA, used), (ADA, opened), (GRACE, theirs)):
        assert selections.load(each, user).images
    with pytest.raises(NotFound):
        selections.load(forgotten, ADA)


def test_jobs_of_the_previous_version_have_their_rows_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as cursor:
        cursor.execute("drop schema public cascade; create schema public")
    real = migrating.migrations_of
    last = 6
    with monkeypatch.context() as patched:
        patched.setattr(
            migrating,
            "migrations_of",
            lambda name: real(name)[:last] if name == PACKAGES[1] else real(name),
        )
        migrate(database, PACKAGES)
    images = "insert into omp_selections (id, user_id, images, count, expires) values "
    preview = (
        "insert into omp_previews (id, selection, user_id, request, overrides, columns, "
        "mismatching, changed) values "
    )
    job = (
        "insert into omero_plugin_jobs (id, plugin, kind, user_id, user_name, group_id, "
        "parameters, max_attempts) values "
    )
    ids = [f"00000000-0000-0000-0000-00000000000{n}" for n in range(4)]
    with database.transaction() as cursor:
        for each in ids[:3]:
            cursor.execute(images + f"('{each}', 7, '', 0, now() + interval '1 day')")
            cursor.execute(preview + f"('{each}', '{each}', 7, '{{}}', '', '[]', '', '')")
        cursor.execute(
            job
            + f"""('{ids[0]}', 'omp', 'omp.write', 7, 'ada', 3, '{{"preview": "{ids[0]}"}}', 1),
            ('{ids[1]}', 'omp', 'omp.acquisition', 7, 'ada', 3, '{{"selection": "{ids[1]}"}}', 1)"""
        )
    migrate(database, PACKAGES)
    with database.transaction() as cursor:
        cursor.execute("select for_job from omp_selections order by id")
        assert [row["for_job"] for row in cursor.fetchall()] == [True, True, False]
        cursor.execute("select for_job from omp_previews order by id")
        assert [row["for_job"] for row in cursor.fetchall()] == [True, False, False]


def test_a_preview_of_the_previous_version_is_compared_again(database: Database) -> None:
    made = typed(selections.save(ADA, IMAGES), "Line", None)
    # What that version leaves out; it had found the first image to be changed.
    with database.transaction() as cursor:
        cursor.execute(
            "update omp_previews set pairs = null, ticks = null, skipped = null, changed = %s, "
            "looked_up = 3 where id = %s",
            (pack([0]), made.id),
        )
    found = previews.load(made.id, ADA)
    assert (found.changed, found.looked_up, found.counts) == ([], 0, Totals())
    # That version writes all images.
    assert (found.ticks, found.skipped) == ({}, [])
