-- How many bytes the groups of OMERO may have, see `quotas/`.
create table omero_plugin_quotas (
    group_id bigint primary key,
    -- Nothing: this group has no limit, also where new groups get one.
    bytes bigint check (bytes > 0)
);

-- One row, for the whole site.
create table omero_plugin_quota_rules (
    one boolean primary key default true check (one),
    -- The smallest limit that can be set.
    minimum bigint not null default 1 check (minimum > 0),
    -- What a new group may have. New are groups whose id is above `new_after`: OMERO counts upwards.
    new_groups bigint check (new_groups > 0),
    new_after bigint,
    check ((new_groups is null) or (new_after is not null))
);
insert into omero_plugin_quota_rules default values;

-- Who changed what and why, and when a group came near its limit. Nothing is deleted here.
create table omero_plugin_quota_history (
    id bigint generated always as identity primary key,
    moment timestamptz not null default now(),
    what text not null check (what in ('limit', 'minimum', 'new groups', 'standing')),
    group_id bigint,
    -- The group's name at that time.
    group_name text not null default '',
    -- Bytes, or the words of a standing. Nothing stands for no limit.
    before text,
    after text,
    -- Nobody: the check of a worker.
    user_id bigint,
    user_name text not null default '',
    why text not null default ''
);
create index omero_plugin_quota_history_of_group on omero_plugin_quota_history (group_id, id desc);

-- What OMERO had at the last count.
create table omero_plugin_group_usage (
    group_id bigint primary key,
    bytes bigint not null,
    counted timestamptz not null,
    standing text not null default 'free' check (standing in ('free', 'nearly full', 'full'))
);
