"""The plugins' tables for a test, empty.

To make them takes a tenth of a second of the processor, so what a test leaves is deleted, unless it
changed more than rows.
"""

from __future__ import annotations

from typing import Final

from omero_plugin_common.database import Database, migrate
from omero_plugin_common.database.pool import Address, Cursor

# As each change of a schema leaves it, and no change of rows.
_CATALOGS: Final = """
select string_agg(format('%s %s', oid, mark), ',' order by oid) as known from (
    select oid, xmin as mark from pg_class where relnamespace = 'public'::regnamespace
    union all select oid, xmin from pg_proc where pronamespace = 'public'::regnamespace
    union all select t.oid, t.xmin from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace
) as things
"""
# The rows of the migrations themselves are there again afterwards.
_KEEP: Final = """
do $$
declare
    one text;
    filled bool;
begin
    create schema as_made;
    for one in select tablename from pg_tables where schemaname = 'public' loop
        execute format('select exists (select from %I)', one) into filled;
        if filled then
            execute format('create table as_made.%I as table %I', one, one);
        end if;
    end loop;
end $$
"""
_DELETE: Final = """
do $$
declare
    one text;
begin
    -- No trigger runs, also none that looks after references.
    set local session_replication_role = replica;
    for one in select tablename from pg_tables where schemaname = 'public' loop
        execute format('delete from %I', one);
    end loop;
    for one in select tablename from pg_tables where schemaname = 'as_made' loop
        execute format('insert into %I overriding system value table as_made.%I', one, one);
    end loop;
    perform setval(format('%I', sequencename)::regclass, start_value, false)
        from pg_sequences where schemaname = 'public' and last_value is not null;
end $$
"""
_DROP: Final = """
drop schema if exists as_made cascade;
drop schema public cascade;
create schema public;
"""
# Server and packages, and how the tables looked when they were made.
_made: dict[tuple[int, tuple[str, ...]], str] = {}


def make_empty(address: Address, packages: tuple[str, ...]) -> None:
    """Have the tables of these packages in a database, and nothing else."""
    which = (address.port, packages)
    base = Database(address)
    with base.transaction() as cursor:
        as_made = _made.get(which) == _looks(cursor)
        cursor.execute(_DELETE if as_made else _DROP)
    if not as_made:
        migrate(base, packages)
        with base.transaction() as cursor:
            cursor.execute(_KEEP)
            _made[which] = _looks(cursor)
    base.close()


def _looks(cursor: Cursor) -> str:
    cursor.execute(_CATALOGS)
    return str(cursor.fetchall())
