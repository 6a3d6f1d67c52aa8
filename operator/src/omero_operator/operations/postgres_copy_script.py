"""The program that copies a PostgreSQL server into an empty one of another major version.

For any `sh` and the official image, Debian's or Alpine's. Arguments: host and port of the old
server, port of the new one on this machine, and the file to write when everything is there.
Environment: POSTGRES_USER, a superuser of both, and POSTGRES_PASSWORD.

It copies roles with their passwords, memberships and settings, then each database with its locale,
owner, settings and rights. Then it asks both servers for the same facts, such as the rows of each
table, and fails if the new one lacks any. Its last line on standard error says why it failed.
"""

COPY = r"""
set -u
old_host=$1 old_port=$2 new_port=$3 mark=$4
[ ! -e "$mark" ] || exit 0
work=$(mktemp -d) || exit 1
said=$work/said
export PGUSER="$POSTGRES_USER" PGPASSWORD="$POSTGRES_PASSWORD" PGCONNECT_TIMEOUT=10
# No log may have the digests of passwords; settings of a role or database must not be in the way.
PGOPTIONS='-c log_min_error_statement=panic -c log_statement=none -c statement_timeout=0'
PGOPTIONS="$PGOPTIONS -c default_transaction_read_only=off"
export PGOPTIONS

stop() {
    why=$(grep -a 'ERROR:\|FATAL:\|error:' "$said" 2>/dev/null | tail -n 1)
    printf '%s%s\n' "$1" "${why:+: $why}" >&2
    exit 1
}
on_old() ( export PGHOST="$old_host" PGPORT="$old_port"; "$@" 2>>"$said" )
on_new() ( export PGHOST=localhost PGPORT="$new_port"; "$@" 2>>"$said" )
ask() {
    psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"
}

# What a database has, a line for each fact. Facts that a newer version has besides are no matter.
facts() {
    ask --dbname="$1" <<'SQL'
CREATE TEMPORARY VIEW relation AS
    SELECT c.*, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
        AND d.classid = 'pg_class'::regclass);
SELECT format('SELECT %L || count(*) FROM ONLY %I.%I',
    format('rows of %I.%I: ', nspname, relname), nspname, relname)
FROM relation WHERE relkind IN ('r', 'm') AND relispopulated ORDER BY nspname, relname \gexec
SELECT format('value of sequence %I.%I: %s', schemaname, sequencename, last_value)
FROM pg_sequences;
SELECT 'large objects: ' || count(*) FROM pg_largeobject_metadata;
SELECT format('owner of %I.%I: %s', nspname, relname, relowner::regrole)
FROM relation WHERE relkind IN ('r', 'm', 'v', 'S', 'p', 'f');
SELECT format('right of %s to %I.%I: %s', grantee::regrole, nspname, relname, privilege_type)
FROM relation, aclexplode(relacl);
SELECT format('%s valid indexes of %I.%I', count(*), nspname, relname)
FROM relation JOIN pg_index ON indrelid = relation.oid WHERE indisvalid
GROUP BY nspname, relname;
SELECT format('%s constraints of %I.%I of kind %s', count(*), nspname, relname, contype)
FROM relation JOIN pg_constraint ON conrelid = relation.oid WHERE contype <> 'n'
GROUP BY nspname, relname, contype;
SELECT format('%s triggers of %I.%I', count(*), nspname, relname)
FROM relation JOIN pg_trigger ON tgrelid = relation.oid WHERE NOT tgisinternal
GROUP BY nspname, relname;
SELECT format('%s functions in %I', count(*), nspname)
FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_'
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
GROUP BY nspname;
SELECT 'extension ' || extname FROM pg_extension;
SELECT format('encoding %s, collation %s, character type %s, owner %s',
    pg_encoding_to_char(encoding), datcollate, datctype, datdba::regrole)
FROM pg_database WHERE datname = current_database();
SELECT format('right of %s to the database: %s', grantee::regrole, privilege_type)
FROM pg_database, aclexplode(datacl) WHERE datname = current_database();
SELECT format('settings of role %s here: %s', setrole::regrole, setconfig)
FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
WHERE datname = current_database();
SQL
}

outside=$(on_old ask --dbname=postgres --command="SELECT string_agg(spcname, ', ')
    FROM pg_tablespace WHERE spcname !~ '^pg_'") || stop 'the old server cannot be asked'
[ -z "$outside" ] ||
    stop "tablespaces are outside the volume ($outside): move their tables to pg_default first"

roles=$(on_old pg_dumpall --no-password --roles-only) || stop 'the roles cannot be read'
on_new ask --dbname=postgres --command="SELECT format('CREATE ROLE %I;', rolname) FROM pg_roles" \
    >"$work/roles" || stop 'the new server cannot be asked'
printf '%s\n' "$roles" | grep -vxFf "$work/roles" | on_new ask --dbname=postgres ||
    stop 'the roles cannot be created'

databases=$(on_old ask --dbname=postgres --command="SELECT oid FROM pg_database
    WHERE datallowconn AND datname <> 'template1' ORDER BY datname") ||
    stop 'the databases cannot be listed'
tables=0 count=0
for oid in $databases; do
    name=$(on_old ask --dbname=postgres --set=oid="$oid" <<'SQL'
SELECT 'dbname=''' || replace(replace(datname, '\', '\\'), '''', '\''') || ''''
FROM pg_database WHERE oid = :oid;
SQL
) || stop 'a database cannot be named'
    # Newer minor versions keep a mark at columns, which an older one of the new version would hand
    # on and then not know.
    rm -f "$work/dumped"
    { on_old pg_dump --no-password --dbname="$name" --section=pre-data --clean --if-exists \
        --create && : >"$work/dumped"; } |
        LC_ALL=C sed '/^ALTER .* ALTER COLUMN .* SET (.*pg_attver=[0-9]/{
            s/(pg_attver=[0-9]*, /(/
            s/, pg_attver=[0-9]*//
            / SET (pg_attver=[0-9]*);$/d
        }' | on_new ask --dbname=template1 --output=/dev/null && [ -e "$work/dumped" ] ||
        stop "the tables of $name cannot be made"
    rm -f "$work/dumped"
    { on_old pg_dump --no-password --dbname="$name" --section=data --section=post-data \
        --format=custom --compress=0 && : >"$work/dumped"; } |
        on_new pg_restore --no-password --dbname="$name" --exit-on-error &&
        [ -e "$work/dumped" ] || stop "the copy of $name failed"
    on_old facts "$name" >"$work/old" || stop "the old $name cannot be counted"
    on_new facts "$name" >"$work/new" || stop "the new $name cannot be counted"
    lacks=$(grep -vxFf "$work/new" "$work/old" | head -n 1)
    [ -z "$lacks" ] || stop "the copy of $name is not the same: it lacks \"$lacks\""
    tables=$((tables + $(grep -c '^rows of ' "$work/old")))
    count=$((count + 1))
done
on_new vacuumdb --no-password --all --analyze-only --quiet || stop 'statistics cannot be collected'
on_new ask --dbname=postgres --command=CHECKPOINT || stop 'the new server cannot write its files'
: >"$mark" || stop "$mark cannot be written"
printf '%s databases with %s tables are the same in both servers\n' "$count" "$tables" |
    tee "${TERMINATION_LOG:-/dev/termination-log}"
"""
