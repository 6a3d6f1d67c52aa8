-- What the plugin of the Docker edition stored, by login name, until its owner comes. In a database of
-- that edition the tables are there already, renamed by before_0001.sql.
create table if not exists omp_predecessor_variable_sets (
    username text not null,
    set_name text not null,
    -- ["name", …]
    var_names jsonb not null,
    updated_at timestamptz default now()
);

create table if not exists omp_predecessor_user_settings (
    username text not null,
    settings jsonb not null
);
