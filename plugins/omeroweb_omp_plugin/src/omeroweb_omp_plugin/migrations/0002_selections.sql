-- Images that a user chose, with their names: what previews, assistants and jobs work on.
create table omp_selections (
    id uuid primary key,
    user_id bigint not null,
    -- zlib of a JSON list of [id, name, place]
    images bytea not null,
    count integer not null,
    created timestamptz not null default now(),
    expires timestamptz not null
);
create index omp_selections_expires on omp_selections (expires);
create index omp_selections_user on omp_selections (user_id);

-- How names are read, which values the user gave, and what is known of the outcome.
create table omp_previews (
    id uuid primary key,
    selection uuid not null references omp_selections on delete cascade,
    user_id bigint not null,
    -- {"settings": {...}, "mode": ...}
    request jsonb not null,
    -- zlib of JSON: {image id: {variable: value}}
    overrides bytea not null,
    columns jsonb not null,
    -- zlib of JSON lists of places in the selection
    mismatching bytea not null,
    changed bytea not null,
    looked_up integer not null default 0,
    created timestamptz not null default now()
);
create index omp_previews_selection on omp_previews (selection);

-- What a job did to each image, by the step that did it.
create table omp_job_reports (
    job uuid not null references omero_plugin_jobs (id) on delete cascade,
    step integer not null,
    lines bytea not null,
    primary key (job, step)
);

-- Backups that a user sent to be restored.
create table omp_uploads (
    id uuid primary key,
    user_id bigint not null,
    content bytea not null,
    expires timestamptz not null
);

-- The secret of `omp_hash` of a site that has set none: made once, encrypted with the site's keys.
create table omp_hash_secret (
    id smallint primary key check (id = 1),
    secret text not null
);
