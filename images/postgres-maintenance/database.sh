#!/bin/sh
# What the programs of this image share: values of Secrets, passwords for libpq, waiting for a server. Sourced.

# Drops one line break from the end, as all programs of the site do with values of Secrets.
lf='
'
cr=$(printf '\r')
without_line_break() {
    case $1 in
        *"$cr$lf") printf '%s' "${1%"$cr$lf"}" ;;
        *"$lf") printf '%s' "${1%"$lf"}" ;;
        *) printf '%s' "$1" ;;
    esac
}

escaped() { printf '%s' "$1" | sed 's/[\\:]/\\&/g'; }

# Writes $work/pass for libpq, which then needs no password in an argument or in the environment.
# shellcheck disable=SC2154  # the folder `work` is the caller's
password_file() { # HOST PORT USER FILE
    umask 077
    # The dot keeps the shell from dropping all line breaks.
    secret=$(cat "$4" && echo .)
    secret=$(without_line_break "${secret%.}" && echo .)
    printf '%s:%s:*:%s:%s\n' "$(escaped "$1")" "$2" "$(escaped "$3")" "$(escaped "${secret%.}")" >"$work/pass"
}

# Makes libpq check the server's certificate and name, where the database has authorities.
encryption() { # PREFIX
    eval "authorities=\${$1_CA_FILE:-}"
    # shellcheck disable=SC2154  # set by eval
    [ -z "$authorities" ] || export PGSSLMODE=verify-full PGSSLROOTCERT="$authorities"
}

wait_ready() { # HOST PORT NAME USER
    left=${READY_SECONDS:-120}
    until pg_isready -q -t 3 -h "$1" -p "$2" -d "$3" -U "$4"; do
        [ "$left" -gt 0 ] || return 1
        left=$((left - 2))
        sleep 2
    done
}

# What keeps libpq from a server whose certificate is checked: ": " and its words; else nothing.
why_not() { # HOST PORT NAME USER
    [ -z "${PGSSLMODE:-}" ] || PGPASSFILE=$work/pass PGCONNECT_TIMEOUT=4 psql --no-psqlrc --no-password \
        --host="$1" --port="$2" --dbname="$3" --username="$4" --command='' 2>&1 >/dev/null | tail -n 1 | sed 's/^/: /'
}

# The last error in what a program wrote.
last_error() { { grep -a 'ERROR:\|error:' "$1" || tail -n 1 "$1"; } | tail -n 1 | sed 's/^psql:[^ ]* *//'; } # FILE
