"""A plugin database of the Docker edition: its sets and settings are taken over."""

from __future__ import annotations

import json

import pytest

from omero_plugin_common.database import Database, migrate
from omero_plugin_common.errors import Unavailable
from omeroweb_omp_plugin.services import predecessor, user_data
from omeroweb_omp_plugin.services.variable_sets import SETS, Content

PACKAGES = ("omero_plugin_common", "omeroweb_omp_plugin")
ADA, GRACE = 7, 8
# As that edition makes them on its first use.
TIMES = "created_at timestamptz default now(), updated_at timestamptz default now()"
TABLES = {
    "omp_variable_sets": f"id serial primary key, username text not null, set_name text not null, "
    f"var_names jsonb not null, {TIMES}, unique (username, set_name)",
    "omp_ai_credentials": f"id serial primary key, username text not null, provider text not null, "
    f"api_key text not null, {TIMES}, unique (username, provider)",
    "omp_user_settings": "id serial primary key, username text not null unique, "
    f"settings jsonb not null, {TIMES}",
}
SETTINGS = {
    "jobBatchSize": 5,
    "showAllProjects": True,
    "defaultVariableNames": '"Line"\n" Well "\n',
    "aiDefaults": {"regex": {"defaultProvider": "openai"}},
}


def run(base: Database, statement: str, *values: object) -> None:
    with base.transaction() as cursor:
        cursor.execute(statement, values or None)


def as_that_edition(base: Database, tables: dict[str, str] = TABLES) -> None:
    """Its database, with indexes as it names them."""
    run(base, "drop schema public cascade; create schema public")
    for name, columns in tables.items():
        run(base, f"create table {name} ({columns})")
        run(base, f"create index {name}_username_idx on {name} (username)")


def has(base: Database, table: str) -> bool:
    with base.transaction() as cursor:
        cursor.execute("select to_regclass(%s) is not null as there", (table,))
        row = cursor.fetchone()
        assert row is not None
        return bool(row["there"])


def test_sets_and_settings_are_taken_over_by_their_owner(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    as_that_edition(database)
    add = (
        "insert into omp_variable_sets (username, set_name, var_names, updated_at) "
        "values (%s, %s, %s, '2024-05-07 10:00+02')"
    )
    run(database, add, "ada", " Plate ", json.dumps(["Line", " Well", ""]))
    run(database, add, "ada", "Nothing", json.dumps([]))
    run(database, add, "grace", "Hers", json.dumps(["Strain"]))
    settings = "insert into omp_user_settings (username, settings) values ('ada', %s)"
    run(database, settings, json.dumps(SETTINGS))
    run(
        database,
        "insert into omp_ai_credentials (username, provider, api_key) values ('ada', 'x', 'sk-1')",
    )
    migrate(database, PACKAGES)
    assert "omp_ai_credentials of the Docker edition is called omp_predecessor_ai" in caplog.text
    assert "sk-1" not in caplog.text
    assert has(database, "omp_predecessor_ai_credentials")

    for _ in range(2):
        predecessor.take_over(ADA, "ada")
    [mine] = SETS.table.visible(ADA, [])
    assert (mine.name, mine.updated.isoformat()) == ("Plate", "2024-05-07T08:00:00+00:00")
    expected = Content(mode="detect", variables=("Line", "Well"))
    assert mine.content == expected.model_dump(mode="json")
    found = user_data.load_preferences(ADA)
    assert found["defaultVariables"] == ["Line", "Well"]
    assert found["showCollaboration"] is True
    assert user_data.load_preferences(GRACE)["showCollaboration"] is False
    assert SETS.table.visible(GRACE, []) == []

    # What was taken over and then deleted does not come back.
    SETS.table.delete(ADA, "Plate")
    predecessor.take_over(ADA, "ada")
    assert SETS.table.visible(ADA, []) == []


def test_a_set_that_the_user_has_stays(database: Database) -> None:
    run(
        database,
        "insert into omp_predecessor_variable_sets (username, set_name, var_names) "
        "values ('ada', 'Plate', '[\"Old\"]')",
    )
    content = {"mode": "separators", "pattern": "_", "variables": ["New"]}
    SETS.table.save(ADA, "Plate", content, None, most=5, replaces=None)
    predecessor.take_over(ADA, "ada")
    assert [each.content for each in SETS.table.visible(ADA, [])] == [content]


@pytest.mark.parametrize("settings", ["[]", "null", '{"defaultVariableNames": 7}'])
def test_settings_that_nobody_can_read_are_the_defaults(database: Database, settings: str) -> None:
    run(
        database,
        "insert into omp_predecessor_user_settings (username, settings) values ('ada', %s)",
        settings,
    )
    predecessor.take_over(ADA, "ada")
    assert user_data.load_preferences(ADA) == user_data.load_preferences(GRACE)


def test_tables_of_another_shape_are_named_and_left_alone(database: Database) -> None:
    other = TABLES | {"omp_variable_sets": "username text, colour text"}
    as_that_edition(database, other)
    with pytest.raises(Unavailable, match='relation "omp_variable_sets" already exists'):
        migrate(database, PACKAGES)
    # Not even those that could have been taken over were touched.
    assert has(database, "omp_user_settings")
    assert not has(database, "omp_predecessor_user_settings")
