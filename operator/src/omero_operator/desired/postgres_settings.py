"""Settings of PostgreSQL: those that a running server takes are in a file, others in its arguments.

The file is a ConfigMap, mounted as a folder, so the kubelet replaces it in the running pod, within
a minute or two. The readiness probe, which runs every ten seconds anyway, has PostgreSQL read it
when it is another one, and says what PostgreSQL rejects of it. A setting that only a start can
change stands in the arguments of the container, so that a change of it restarts the pod.
"""

from collections.abc import Mapping

from omero_operator.desired import postgres_data
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import CONFIG_MAP, Manifest

FOLDER = "/etc/omero-platform/postgresql"
FILE = "postgresql.conf"
PATH = f"{FOLDER}/{FILE}"
# The digest of the file that PostgreSQL last read. In memory: a new pod reads it again.
RUN = "/var/run/postgresql"
_LOADED = f"{RUN}/.omero-platform-settings"

# Those with the context `postmaster` in pg_settings of PostgreSQL 13 to 18. A test compares them
# with a real server. Source: https://www.postgresql.org/docs/current/runtime-config.html
NEED_A_START = frozenset(
    [
        "archive_mode",
        "autovacuum_freeze_max_age",
        "autovacuum_max_workers",
        "autovacuum_multixact_freeze_max_age",
        "autovacuum_worker_slots",
        "bonjour",
        "bonjour_name",
        "cluster_name",
        "commit_timestamp_buffers",
        "config_file",
        "data_directory",
        "data_sync_retry",
        "debug_io_direct",
        "dynamic_shared_memory_type",
        "event_source",
        "external_pid_file",
        "hba_file",
        "hot_standby",
        "huge_page_size",
        "huge_pages",
        "ident_file",
        "ignore_invalid_pages",
        "io_max_combine_limit",
        "io_max_concurrency",
        "io_method",
        "jit_provider",
        "listen_addresses",
        "logging_collector",
        "max_active_replication_origins",
        "max_connections",
        "max_files_per_process",
        "max_locks_per_transaction",
        "max_logical_replication_workers",
        "max_notify_queue_pages",
        "max_pred_locks_per_transaction",
        "max_prepared_transactions",
        "max_replication_slots",
        "max_wal_senders",
        "max_worker_processes",
        "min_dynamic_shared_memory",
        "multixact_member_buffers",
        "multixact_offset_buffers",
        "notify_buffers",
        "old_snapshot_threshold",
        "port",
        "recovery_target",
        "recovery_target_action",
        "recovery_target_inclusive",
        "recovery_target_lsn",
        "recovery_target_name",
        "recovery_target_time",
        "recovery_target_timeline",
        "recovery_target_xid",
        "reserved_connections",
        "serializable_buffers",
        "shared_buffers",
        "shared_memory_type",
        "shared_preload_libraries",
        "subtransaction_buffers",
        "superuser_reserved_connections",
        "track_activity_query_size",
        "track_commit_timestamp",
        "transaction_buffers",
        "unix_socket_directories",
        "unix_socket_group",
        "unix_socket_permissions",
        "wal_buffers",
        "wal_decode_buffer_size",
        "wal_level",
        "wal_log_hints",
    ]
)


def needs_a_start(name: str) -> bool:
    """Whether a setting can only be changed by a restart; of extensions it is not known."""
    return name in NEED_A_START or "." in name


def arguments(settings: Mapping[str, str]) -> list[str]:
    """PostgreSQL's command line."""
    fixed = {key: value for key, value in sorted(settings.items()) if needs_a_start(key)}
    return ["postgres", f"--config_file={PATH}", *(f"--{k}={v}" for k, v in fixed.items())]


def config_map(ctx: Context, name: str, component: str, settings: Mapping[str, str]) -> Manifest:
    """The file: that of the data folder first, then what the site says instead."""
    data = f"{postgres_data.VOLUME}/{postgres_data.FOLDER}"
    lines = [f"include_if_exists = '{data}/{FILE}'"]
    lines += [
        f"{key} = '{_quoted(value)}'"
        for key, value in sorted(settings.items())
        if not needs_a_start(key)
    ]
    return ctx.manifest(CONFIG_MAP, name, component, data={FILE: "\n".join(lines) + "\n"})


def _quoted(value: str) -> str:
    r"""As between quotes in postgresql.conf, which reads `\\`, `''` and `\n`."""
    return value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")


# Part of the readiness probe; `ask` sends a statement. PostgreSQL takes a while to read its files,
# so what it rejects of this one is looked up in the file itself. A value may be a secret: only
# names are told.
RELOAD = rf"""
now=$(cksum <{PATH})
if [ "$now" != "$(cat {_LOADED} 2>/dev/null)" ] && ask "SELECT pg_reload_conf()" >/dev/null; then
    printf '%s\n' "$now" >{_LOADED}
fi
said=$(ask "SELECT string_agg(format('%s (%s)', coalesce(name, 'line ' || sourceline), error), ', ')
    FROM pg_file_settings WHERE error IS NOT NULL AND sourcefile = '{PATH}'") || said=
if [ -n "$said" ]; then
    told='PostgreSQL rejects settings and continues with the earlier ones; correct'
    printf 'ParametersRejected: %s %s: %s\n' "$told" "$4" "$said" >&2
    exit 1
fi
"""  # noqa: S608 - constants
