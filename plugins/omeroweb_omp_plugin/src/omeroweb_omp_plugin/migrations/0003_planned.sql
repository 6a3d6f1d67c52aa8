-- What a step of a job is about to do, until its report is stored: a step that is done again after
-- its worker died finds its own work already there, and reports it as this says.
create table omp_job_planned (
    job uuid not null references omero_plugin_jobs (id) on delete cascade,
    step integer not null,
    -- as in omp_job_reports
    lines bytea not null,
    primary key (job, step)
);
