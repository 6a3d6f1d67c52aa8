-- Backups that jobs make, step by step: zlib of lines of CSV, without the header.
create table omp_backups (
    job uuid not null references omero_plugin_jobs (id) on delete cascade,
    step integer not null,
    lines bytea not null,
    primary key (job, step)
);
