-- A second click on the same button: what a start names stands for one job of a user and a kind, until
-- that one fails or is cancelled; a repeatable one, until it has ended.
alter table omero_plugin_jobs add column once text;
alter table omero_plugin_jobs add column repeatable boolean not null default false;
create unique index omero_plugin_jobs_once on omero_plugin_jobs (user_id, kind, once)
    where once is not null and (state in ('queued', 'running', 'cancelling')
        or (state = 'done' and not repeatable));
