-- What the plugin keeps of each user, by the user's id in OMERO: a login name can change hands.

create table omp_variable_sets (
    id bigint generated always as identity primary key,
    user_id bigint not null,
    name text not null,
    -- {"mode", "pattern", "variables"}: how names are taken apart and what the parts are called.
    content jsonb not null,
    -- Members of this group of OMERO may load it.
    group_id bigint,
    created timestamptz not null default now(),
    updated timestamptz not null default now(),
    unique (user_id, name)
);

create index omp_variable_sets_shared on omp_variable_sets (group_id) where group_id is not null;

create table omp_ai_credentials (
    id bigint generated always as identity primary key,
    user_id bigint not null,
    -- The name of one of the site's providers, and where it was when the key was entered: a key is
    -- never sent to another address.
    provider text not null,
    address text not null,
    -- A token of omero_plugin_common.secret_box.
    api_key text not null,
    created timestamptz not null default now(),
    updated timestamptz not null default now(),
    last_used timestamptz,
    unique (user_id, provider)
);

create table omp_user_settings (
    user_id bigint primary key,
    settings jsonb not null,
    updated timestamptz not null default now()
);

-- What a model found in names, one line per batch. Goes when its job goes.
create table omp_ai_values (
    job uuid not null references omero_plugin_jobs (id) on delete cascade,
    batch integer not null,
    -- [[name, {variable: value}, problem], …]
    found jsonb not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    primary key (job, batch)
);
