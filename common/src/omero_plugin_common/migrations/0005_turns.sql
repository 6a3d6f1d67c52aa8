-- What a job is and what it works on, in words for its user.
alter table omero_plugin_jobs add column title text not null default '';
alter table omero_plugin_jobs add column about text not null default '';

-- Jobs that change the same things take turns, see `jobs/turns.py`. `holds`: the locks that a running job
-- may take. A job that waits for others' names its own in `waits_for`; since when, and when it was
-- last told that it may go on.
alter table omero_plugin_jobs add column holds bigint[] not null default '{}';
alter table omero_plugin_jobs add column waits_for bigint[] not null default '{}';
alter table omero_plugin_jobs add column waits_since timestamptz;
alter table omero_plugin_jobs add column called timestamptz;
create index omero_plugin_jobs_waiting on omero_plugin_jobs (waits_since)
    where waits_since is not null and finished is null;
