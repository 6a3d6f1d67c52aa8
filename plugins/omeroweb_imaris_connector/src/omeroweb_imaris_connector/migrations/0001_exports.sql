-- One row for each file that was written, or is to be: an image as it was at one time.
create table imaris_files (
    id uuid primary key,
    image_id bigint not null,
    -- The group of the image.
    group_id bigint not null,
    -- Of the pixels, and of all that is written beside them; another one is another file.
    fingerprint text not null,
    state text not null check (state in ('writing', 'ready', 'failed', 'cancelled', 'expired')),
    -- What its job does: writes the file itself, waits for a processor of scripts, runs the script, checks it.
    step text not null default '',
    -- The job that writes it, of the user who asked first.
    job uuid,
    -- Bytes that it will have at most, and that it has.
    estimate bigint not null,
    bytes bigint,
    -- Who wrote it.
    by text check (by in ('writer', 'script')),
    -- What was converted, in words; empty when the pixels are the same.
    conversion text not null default '',
    -- Why it failed, and what to do.
    message text not null default '',
    created timestamptz not null default now(),
    finished timestamptz,
    -- When somebody asked for it last; it expires some time after that.
    used timestamptz not null default now(),
    -- When it was deleted from the volume.
    cleared timestamptz
);
-- Who asks for the same while it is written, or later, gets the same file.
create unique index imaris_files_current on imaris_files (image_id, fingerprint) where state in ('writing', 'ready');
create index imaris_files_on_volume on imaris_files (used) where cleared is null;

-- One row for each request of a user for an image.
create table imaris_exports (
    id uuid primary key,
    -- Those that were asked for together.
    batch uuid not null,
    user_id bigint not null,
    user_name text not null,
    image_id bigint not null,
    image_name text not null,
    group_id bigint not null,
    file uuid not null references imaris_files,
    -- Whether the user wants the file at the image in OMERO, the job that attaches it, and the file annotation.
    attach boolean not null,
    attach_job uuid,
    annotation bigint,
    cancelled timestamptz,
    created timestamptz not null default now()
);
create index imaris_exports_of_user on imaris_exports (user_id, created desc, id);
create index imaris_exports_newest on imaris_exports (created desc, id);
create index imaris_exports_of_file on imaris_exports (file);
