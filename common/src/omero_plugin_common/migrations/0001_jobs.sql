-- Jobs: long work of a user that a worker does. Times are those of this server's clock, so that the
-- clocks of pods need not agree.

create table omero_plugin_jobs (
    id uuid primary key,
    plugin text not null,
    kind text not null,
    user_id bigint not null,
    user_name text not null,
    group_id bigint not null,
    request_id text not null default '',
    parameters jsonb not null,

    state text not null default 'queued'
        check (state in ('queued', 'running', 'cancelling', 'done', 'failed', 'cancelled')),
    attempt integer not null default 0,
    max_attempts integer not null,

    -- The lease: who runs it until when. The token grows with every taking, so a worker that was
    -- replaced cannot write any more.
    token bigint not null default 0,
    worker text not null default '',
    heartbeat timestamptz,
    lease_until timestamptz,

    -- The message: when it may run, and when its message was last sent.
    queue text not null default '',
    run_after timestamptz not null default now(),
    sent timestamptz,

    done bigint not null default 0,
    total bigint,
    unit text not null default '',
    message text not null default '',
    checkpoint jsonb,
    -- Where this attempt began, for the rate.
    attempt_started timestamptz,
    attempt_base bigint not null default 0,
    progressed timestamptz,

    result jsonb,
    error_text text,
    error_code text,

    log_lines bigint not null default 0,
    created timestamptz not null default now(),
    started timestamptz,
    finished timestamptz,

    check ((state in ('done', 'failed', 'cancelled')) = (finished is not null)),
    check ((state = 'failed') = (error_code is not null))
);

create index omero_plugin_jobs_of_user on omero_plugin_jobs (user_id, created desc);
create index omero_plugin_jobs_open on omero_plugin_jobs (state)
    where state in ('queued', 'running', 'cancelling');
create index omero_plugin_jobs_finished on omero_plugin_jobs (finished) where finished is not null;

create table omero_plugin_job_log (
    job uuid not null references omero_plugin_jobs (id) on delete cascade,
    n bigint not null,
    time timestamptz not null default now(),
    level text not null,
    text text not null,
    primary key (job, n)
);
