-- What each user had in each group on a day, for growth. One row for a pair that had something.
create table admin_tools_usage_days (
    day date not null,
    user_id bigint not null,
    group_id bigint not null,
    bytes bigint not null,
    primary key (day, user_id, group_id)
);
create index admin_tools_usage_days_of_group on admin_tools_usage_days (group_id, day);
