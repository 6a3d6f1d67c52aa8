-- What users store to use it again: profiles, and settings of the page.
create table upload_profiles (
    id bigint generated always as identity primary key,
    user_id bigint not null,
    name text not null,
    -- Target and how files are imported: `planning.settings.StoredSettings`.
    content jsonb not null,
    -- Members of this group of OMERO may load it.
    group_id bigint,
    created timestamptz not null default now(),
    updated timestamptz not null default now(),
    unique (user_id, name)
);
create index upload_profiles_shared on upload_profiles (group_id) where group_id is not null;

-- `method` is empty for the settings of the page, else a special import such as `sem_edx_spectra`.
create table upload_user_settings (
    user_id bigint not null,
    method text not null default '',
    settings jsonb not null,
    updated timestamptz not null default now(),
    primary key (user_id, method)
);
