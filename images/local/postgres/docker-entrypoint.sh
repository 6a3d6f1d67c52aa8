#!/bin/sh
# The environment of the official postgres image: initialise an empty PGDATA, then run what is asked for. Never as root.
#   POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE (needed for an empty PGDATA), POSTGRES_USER (postgres), POSTGRES_DB (the user's name),
#   POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD (scram-sha-256), PGDATA; scripts in /docker-entrypoint-initdb.d run once.
set -eu

fail() {
    echo "docker-entrypoint: $*" >&2
    exit 1
}

read_setting() { # NAME DEFAULT: NAME, or the content of the file that NAME_FILE names
    eval "value=\${$1:-} file=\${$1_FILE:-}"
    if [ -n "$value" ] && [ -n "$file" ]; then fail "both $1 and $1_FILE are set: use one"; fi
    # shellcheck disable=SC2154  # set by eval
    if [ -n "$file" ]; then
        [ -r "$file" ] || fail "$1_FILE: $file cannot be read"
        value=$(cat "$file")
    fi
    [ -n "$value" ] || value=$2
}

initialise() {
    read_setting POSTGRES_USER postgres && user=$value
    read_setting POSTGRES_DB "$user" && database=$value
    read_setting POSTGRES_PASSWORD "" && password=$value
    method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    if [ -z "$password" ] && [ "$method" != trust ]; then
        fail "PGDATA $PGDATA is empty and POSTGRES_PASSWORD is not set: the superuser needs a password"
    fi
    work=$(mktemp -d)
    printf '%s' "$password" >"$work/password"
    [ -n "$password" ] || printf 'unused' >"$work/password"
    # The socket inside the container is trusted, as in the official image; the network is not.
    # shellcheck disable=SC2086  # several arguments in one variable, as documented
    initdb --username="$user" --pwfile="$work/password" --auth-local=trust --auth-host="$method" ${POSTGRES_INITDB_ARGS:-}
    rm -rf "$work"
    printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
    printf "\nlisten_addresses = '*'\n" >>"$PGDATA/postgresql.conf"

    pg_ctl start -w -o "-c listen_addresses=''" >&2
    if [ "$database" != postgres ]; then
        psql -v ON_ERROR_STOP=1 --no-password -q -U "$user" -d postgres -v name="$database" <<'SQL'
create database :"name";
SQL
    fi
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
            *.sh) # shellcheck source=/dev/null
                if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
            *.sql) psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc -U "$user" -d "$database" -f "$script" ;;
            *.sql.gz) gunzip -c "$script" | psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc -U "$user" -d "$database" ;;
        esac
    done
    pg_ctl stop -m fast -w >&2
    echo "docker-entrypoint: initialised database $database of user $user in $PGDATA"
}

case ${1:-} in
    '' | -*) set -- postgres "$@" ;;
esac
if [ "$1" = postgres ]; then
    [ "$(id -u)" != 0 ] || fail "PostgreSQL does not run as root: set runAsUser 999"
    mkdir -p "$PGDATA" 2>/dev/null || fail "PGDATA $PGDATA cannot be made by uid $(id -u): give the volume to group 999 (fsGroup)"
    # A volume's own mode may be wider than what PostgreSQL accepts.
    chmod 700 "$PGDATA" 2>/dev/null || true
    # The mark tells an interrupted first start, whose half-made PGDATA nobody has used yet.
    mark=$PGDATA.initialising
    if [ -e "$mark" ] || [ ! -s "$PGDATA/PG_VERSION" ]; then
        if [ ! -e "$mark" ] && [ -n "$(find "$PGDATA" -mindepth 1 -print -quit)" ]; then
            fail "PGDATA $PGDATA is neither empty nor a database: it is not touched; use a subfolder of the volume"
        fi
        : >"$mark" || fail "$(dirname "$PGDATA") cannot be written by uid $(id -u)"
        find "$PGDATA" -mindepth 1 -delete
        initialise
        rm -f "$mark"
    fi
fi
exec "$@"
