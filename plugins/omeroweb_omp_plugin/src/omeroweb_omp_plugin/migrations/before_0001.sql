-- The plugin of the Docker edition has tables of the same names, by login name. They get other names
-- here. Variable sets and settings are taken over when their owner comes (services/predecessor.py).
-- Its API keys are not used: they are in clear, and nothing says to which address each may be sent.
do $$
declare
    old text;
begin
    for old in
        select known.name from (values
            ('omp_variable_sets', array[
                'created_at timestamp with time zone', 'id integer', 'set_name text',
                'updated_at timestamp with time zone', 'username text', 'var_names jsonb']),
            ('omp_ai_credentials', array[
                'api_key text', 'created_at timestamp with time zone', 'id integer',
                'provider text', 'updated_at timestamp with time zone', 'username text']),
            ('omp_user_settings', array[
                'created_at timestamp with time zone', 'id integer', 'settings jsonb',
                'updated_at timestamp with time zone', 'username text'])
        ) as known (name, columns)
        where known.columns = (
            select array_agg(attname || ' ' || format_type(atttypid, atttypmod) order by attname)
            from pg_attribute
            where attrelid = to_regclass(known.name) and attnum > 0 and not attisdropped
        )
    loop
        execute format(
            'alter table %I rename to %I', old, replace(old, 'omp_', 'omp_predecessor_'));
        raise warning 'the table % of the Docker edition is called % now%', old,
            replace(old, 'omp_', 'omp_predecessor_'),
            case old when 'omp_ai_credentials' then
                '; it holds keys of users in clear, which nothing here uses: delete it' else '' end;
    end loop;
end $$;
