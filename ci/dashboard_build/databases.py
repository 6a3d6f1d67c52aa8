"""`database-metrics` and `plugin-database-metrics`: the two PostgreSQL servers of a site."""

from __future__ import annotations

from dashboard_build.logs import Wanted
from dashboard_build.pages import Page, Row, Variable
from dashboard_build.panels import Limits, Line, figure, graph, up
from dashboard_build.series import SITE, rate, site

_HITS = Limits(0.99, 0.9, falling=True)


def _page(uid: str, title: str, component: str) -> Page:
    where = f'component="{component}"'

    def of(metric: str) -> str:
        return site(metric, where, 'datname=~"$datname"')

    def per_second(metric: str) -> str:
        return rate(of(metric))

    def server(metric: str, *matchers: str) -> str:
        return site(metric, where, *matchers)

    hits, reads = of("pg_stat_database_blks_hit"), of("pg_stat_database_blks_read")
    commits = per_second("pg_stat_database_xact_commit")
    rollbacks = per_second("pg_stat_database_xact_rollback")
    now = Row(
        "Now",
        [
            figure("Active connections", f"sum({of('pg_stat_database_numbackends')})"),
            figure("Database size", f"sum({of('pg_database_size_bytes')})", unit="bytes"),
            figure(
                "Cache hit ratio",
                f"sum({hits}) / (sum({hits}) + sum({reads}))",
                unit="percentunit",
                limits=_HITS,
                about="Blocks found in PostgreSQL's memory, since its statistics began.",
            ),
            figure("Transaction rate", f"sum({commits}) + sum({rollbacks})", unit="ops"),
            up("Exporter", f"max({server('up')})"),
            up("PostgreSQL", f"max({server('pg_up')})", "The exporter can log in."),
        ],
    )
    course = Row(
        "Over time",
        [
            graph(
                "Active connections",
                [
                    Line(of("pg_stat_database_numbackends"), "{{datname}}"),
                    Line(f"max({server('pg_settings_max_connections')})", "limit"),
                ],
            ),
            graph(
                "Database size", [Line(of("pg_database_size_bytes"), "{{datname}}")], unit="bytes"
            ),
            graph(
                "Cache hit ratio",
                [Line(f"{hits} / ({hits} + {reads} > 0)", "{{datname}}")],
                unit="percentunit",
                highest=1,
                limits=_HITS,
            ),
            graph(
                "Transactions",
                [Line(commits, "commits"), Line(rollbacks, "rollbacks")],
                unit="ops",
            ),
            graph(
                "Row operations",
                [
                    Line(per_second("pg_stat_database_tup_inserted"), "inserted"),
                    Line(per_second("pg_stat_database_tup_updated"), "updated"),
                    Line(per_second("pg_stat_database_tup_deleted"), "deleted"),
                ],
                unit="ops",
            ),
            graph(
                "Rows fetched and returned",
                [
                    Line(per_second("pg_stat_database_tup_fetched"), "fetched"),
                    Line(per_second("pg_stat_database_tup_returned"), "returned"),
                ],
                unit="ops",
            ),
            graph(
                "Deadlocks",
                [Line(per_second("pg_stat_database_deadlocks"), "{{datname}}")],
                unit="ops",
            ),
            graph(
                "Temporary files",
                [Line(per_second("pg_stat_database_temp_bytes"), "{{datname}}")],
                unit="Bps",
                about="Sorts that did not fit into work_mem.",
            ),
            graph(
                "Locks",
                [Line(f"sum by (mode) ({of('pg_locks_count')})", "{{mode}}")],
            ),
            graph(
                "Longest transaction",
                [Line(f"max by (state) ({of('pg_stat_activity_max_tx_duration')})", "{{state}}")],
                unit="s",
                about="A transaction that stays open for hours keeps VACUUM from cleaning up.",
            ),
            graph(
                "Space of the volume",
                [
                    Line(
                        f"omero:volume:used_ratio{{{SITE}, {_claim(component)}}}",
                        "{{persistentvolumeclaim}}",
                    )
                ],
                unit="percentunit",
                highest=1,
                limits=Limits(0.85, 0.95),
                span=24,
            ),
        ],
    )
    return Page(
        uid=uid,
        title=title,
        about=f"PostgreSQL of the component {component}.",
        variables=[
            Variable(
                "datname",
                "Database",
                f"label_values({server('pg_database_size_bytes')}, datname)",
                all=True,
                pattern="/^(?!template[01]$|postgres$).+/",
            )
        ],
        rows=[now, course],
        logs={title: Wanted(component)},
    )


def _claim(component: str) -> str:
    ending = {"database": "db", "plugin-database": "plugin-db"}[component]
    return f'persistentvolumeclaim=~"$instance-{ending}(-[0-9a-f]{{8}})?"'


DATABASE = _page("database-metrics", "Database", "database")
PLUGIN_DATABASE = _page("plugin-database-metrics", "Plugin database", "plugin-database")
