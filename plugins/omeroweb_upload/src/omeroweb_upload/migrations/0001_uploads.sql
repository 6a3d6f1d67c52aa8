-- One row for each upload: from the list of files that a browser or a script declares to the last import.
create table upload_jobs (
    id uuid primary key,
    user_id bigint not null,
    user_name text not null,
    -- Where its images go: the group of the target.
    group_id bigint not null,
    state text not null check (state in (
        'uploading', 'checking', 'awaiting_confirmation', 'ready', 'importing',
        'done', 'error', 'cancelled', 'expired')),
    -- Target, what is imported how, what is attached: `planning.settings.JobSettings`.
    settings jsonb not null,
    file_count integer not null,
    total_bytes bigint not null,
    -- The worker's jobs that read the files and that import them.
    examine_job uuid,
    import_job uuid,
    -- Why it ended with an error, and what to do.
    message text not null default '',
    -- When the staging folder was deleted.
    cleared timestamptz,
    created timestamptz not null default now(),
    -- The last byte, the last request that changed it.
    touched timestamptz not null default now(),
    finished timestamptz
);
create index upload_jobs_of_user on upload_jobs (user_id, created desc);
create index upload_jobs_open on upload_jobs (touched) where cleared is null;

create table upload_files (
    job uuid not null references upload_jobs on delete cascade,
    -- Its place in the declared list, from 0.
    number integer not null,
    -- Relative, with `/`.
    path text not null,
    size bigint not null check (size >= 0),
    -- Milliseconds since 1970 as the browser says; a file with another time is another file.
    modified bigint,
    role text not null check (role in ('image', 'attachment', 'spectrum', 'skipped')),
    state text not null default 'pending' check (state in (
        'pending', 'uploaded', 'removed', 'imported', 'attached', 'skipped', 'failed')),
    -- Durable bytes of the staged file.
    received bigint not null default 0,
    -- Where a chunk with a checksum begins that is still being received: until it is verified, what
    -- is behind this place in the staged file does not count.
    unverified_from bigint,
    -- SHA-1 in lower-case hex: of the browser, of the staged file, of OMERO's original file.
    sha1_browser text,
    sha1_staged text,
    sha1_omero text,
    -- Which unit of import it belongs to.
    unit integer,
    message text not null default '',
    -- Who writes to the staged file: see `store.leases`.
    lease_token uuid,
    lease_until timestamptz,
    lease_wanted boolean not null default false,
    primary key (job, number),
    unique (job, path),
    check (received <= size)
);
create index upload_files_state on upload_files (job, state);
create index upload_files_unit on upload_files (job, unit) where unit is not null;

-- What is imported together: one image or several of one file, or all files of a plate.
create table upload_units (
    job uuid not null references upload_jobs on delete cascade,
    number integer not null,
    -- The file that is given to the importer.
    path text not null,
    -- Numbers of all its files, that one first. One file can be in several units.
    files integer[] not null,
    -- Bio-Formats' format, its reader class, and how many images it finds.
    format text not null,
    reader text not null,
    images integer not null,
    plate boolean not null default false,
    state text not null default 'waiting' check (state in (
        'waiting', 'importing', 'imported', 'failed', 'removed')),
    dataset_id bigint,
    screen_id bigint,
    fileset_id bigint,
    -- {"images": [ids], "plates": [ids]}
    objects jsonb not null default '{}',
    message text not null default '',
    attempts integer not null default 0,
    primary key (job, number)
);
