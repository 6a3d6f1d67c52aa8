-- Of each user only the newest selections and previews are kept, and those that a job works with.
alter table omp_selections add column for_job boolean not null default false;
alter table omp_previews add column for_job boolean not null default false;

update omp_previews set for_job = true where exists (
    select from omero_plugin_jobs where parameters ->> 'preview' = omp_previews.id::text
);
update omp_selections set for_job = true where exists (
    select from omero_plugin_jobs where parameters ->> 'selection' = omp_selections.id::text
) or exists (
    select from omp_previews where selection = omp_selections.id and omp_previews.for_job
);
