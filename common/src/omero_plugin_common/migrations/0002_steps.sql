-- Jobs over many objects work in steps; `step` is the place of a step's first object.

-- What a job did to each object: zlib of a JSON list of [id, name, outcome, added, removed, message].
create table omero_plugin_job_reports (
    job uuid not null references omero_plugin_jobs (id) on delete cascade,
    step integer not null,
    lines bytea not null,
    primary key (job, step)
);

-- What a step is about to do, until its report is stored: a step that is done again after its worker
-- died finds its own work already there, and reports it as this says.
create table omero_plugin_job_plans (
    job uuid not null references omero_plugin_jobs (id) on delete cascade,
    step integer not null,
    lines bytea not null,
    primary key (job, step)
);
