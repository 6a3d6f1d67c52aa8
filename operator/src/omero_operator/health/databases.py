"""DatabaseReady and PluginDatabaseReady."""

from omero_operator.api.v1alpha1.data import Database
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.health import workload
from omero_operator.health.verdict import Verdict, failed
from omero_operator.identity.kinds import STATEFUL_SET
from omero_operator.identity.labels import Component
from omero_operator.identity.names import Names
from omero_operator.state.observed import Observed


def database(spec: PlatformSpec, names: Names, observed: Observed) -> Verdict:
    """OMERO's PostgreSQL."""
    return _verdict(spec.database, names.database, "database", observed)


def plugin_database(spec: PlatformSpec, names: Names, observed: Observed) -> Verdict:
    """The plugins' PostgreSQL."""
    return _verdict(spec.plugin_database, names.plugin_database, "plugin-database", observed)


def _verdict(database: Database, name: str, component: Component, observed: Observed) -> Verdict:
    if database.external is None:
        return workload.verdict(observed, component, STATEFUL_SET, name)
    if failure := observed.failure_of(component):
        return failed(failure)
    external = database.external
    return Verdict(
        "True",
        "External",
        f"PostgreSQL at {external.host}:{external.port} is looked after by others; "
        "the components that use it tell whether it answers",
    )
