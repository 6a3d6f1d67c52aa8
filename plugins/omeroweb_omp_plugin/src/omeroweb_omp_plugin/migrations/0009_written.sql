-- How the names of a container were read when they were last written, by whoever wrote. A new visit
-- starts there.
create table omp_written (
    -- such as Dataset:7
    container text primary key,
    user_id bigint not null,
    -- {"mode", "pattern", "names"}: what the user asked for
    reading jsonb not null,
    written timestamptz not null default now()
);
create index omp_written_user on omp_written (user_id);

-- The values that a user gave to an image in the last write of it.
create table omp_written_values (
    image bigint primary key,
    user_id bigint not null,
    -- zlib of JSON: {variable: value}
    given bytea not null
);
create index omp_written_values_user on omp_written_values (user_id);

-- From which containers the images are; the previous version of the plugin leaves it out.
alter table omp_selections add column containers jsonb not null default '[]';
