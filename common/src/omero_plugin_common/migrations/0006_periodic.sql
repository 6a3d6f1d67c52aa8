-- When work that comes back was done last, see `jobs/periodic.py`.
create table omero_plugin_periodic (
    name text primary key,
    done timestamptz not null
);
