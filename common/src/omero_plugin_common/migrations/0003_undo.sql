-- What undoing a job needs: for each object of a step what was added to it and removed from it, as
-- the plugin describes it. zlib of a JSON list of [id, added, removed, ids]; see `steps/undo.py`.
create table omero_plugin_job_undo (
    job uuid not null references omero_plugin_jobs (id) on delete cascade,
    step integer not null,
    changes bytea not null,
    primary key (job, step)
);
