-- Runs of checks, for their history; what a run is, services/diagnostics.py says.
create table admin_tools_runs (
    id uuid primary key,
    started timestamptz not null,
    ended timestamptz not null,
    user_name text not null,
    run jsonb not null
);
create index admin_tools_runs_started on admin_tools_runs (started);
