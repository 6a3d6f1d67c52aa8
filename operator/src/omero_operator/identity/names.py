"""The name of every child, in one place.

Names are functions of the platform's name alone, so a lost operator finds its children again.
`api.v1alpha1.omeroplatform.MAX_NAME_LENGTH` keeps the longest of them valid.
"""

from dataclasses import dataclass

# The cluster's policy that refuses to delete protected platforms, and its binding; the chart has
# them in templates/deletion-protection.yaml.
DELETION_POLICY = "omero-platforms-deletion-protection"


@dataclass(frozen=True)
class Names:
    """Names of the children of one platform.

    Attributes:
        platform: Name of the OmeroPlatform.
    """

    platform: str

    @property
    def server(self) -> str:
        """StatefulSet, Service, ConfigMap and claim of OMERO.server."""
        return f"{self.platform}-server"

    @property
    def read_only_server(self) -> str:
        """Deployment, Service and ConfigMap of the read-only servers."""
        return f"{self.platform}-server-readonly"

    @property
    def server_secret_config(self) -> str:
        """Secret with the OMERO properties that were taken from Secrets."""
        return f"{self.platform}-server-config"

    @property
    def web(self) -> str:
        """Deployment, Service, ConfigMap and Ingress of OMERO.web."""
        return f"{self.platform}-web"

    @property
    def web_tls(self) -> str:
        """Secret that cert-manager fills."""
        return f"{self.platform}-web-tls"

    @property
    def worker(self) -> str:
        """Deployment of the Celery workers."""
        return f"{self.platform}-worker"

    @property
    def uploads(self) -> str:
        """Deployment, Service and claim of the uploads."""
        return f"{self.platform}-uploads"

    @property
    def exports(self) -> str:
        """Deployment, Service and claim of the exports."""
        return f"{self.platform}-exports"

    @property
    def export_worker(self) -> str:
        """Deployment of the workers of exports, where they have pods of their own."""
        return f"{self.platform}-export-worker"

    @property
    def database(self) -> str:
        """OMERO's PostgreSQL."""
        return f"{self.platform}-db"

    @property
    def plugin_database(self) -> str:
        """The plugins' PostgreSQL."""
        return f"{self.platform}-plugin-db"

    @property
    def redis(self) -> str:
        """Redis."""
        return f"{self.platform}-redis"

    @property
    def vacuum(self) -> str:
        """CronJob of VACUUM ANALYZE."""
        return f"{self.platform}-vacuum"

    @property
    def reindex(self) -> str:
        """CronJob of REINDEX."""
        return f"{self.platform}-reindex"

    @property
    def maintenance(self) -> str:
        """ServiceAccount and NetworkPolicy of the maintenance jobs."""
        return f"{self.platform}-maintenance"

    @property
    def admin_tools(self) -> str:
        """Role and RoleBinding by which the admin tools read the site's objects."""
        return f"{self.platform}-admin-tools"

    @property
    def grafana_key(self) -> str:
        """Generated Secret with the key pair for the tokens that OMERO.web makes for Grafana."""
        return f"{self.platform}-grafana-key"

    @property
    def quotas(self) -> str:
        """CronJob that reports how near to their quotas the groups are."""
        return f"{self.platform}-quotas"

    @property
    def backup(self) -> str:
        """CronJob and Role of the backup; Jobs and snapshots carry more behind it."""
        return f"{self.platform}-backup"

    @property
    def restore(self) -> str:
        """Beginning of the name of the Job that restores a backup."""
        return f"{self.platform}-restore"

    @property
    def bootstrap(self) -> str:
        """ConfigMap of the bootstrap; its Jobs carry a hash of their input behind it."""
        return f"{self.platform}-bootstrap"

    @property
    def plugin_keys(self) -> str:
        """Generated Secret with the keys that encrypt what users entrust to plugins."""
        return f"{self.platform}-plugin-keys"

    @property
    def omp_hash_secret(self) -> str:
        """Generated Secret by which the OMP plugin recognises what it has written."""
        return f"{self.platform}-omp-hash-secret"

    @property
    def database_credentials(self) -> str:
        """Generated Secret of OMERO's PostgreSQL."""
        return f"{self.database}-credentials"

    @property
    def plugin_database_credentials(self) -> str:
        """Generated Secret of the plugins' PostgreSQL."""
        return f"{self.plugin_database}-credentials"

    @property
    def redis_credentials(self) -> str:
        """Generated Secret of Redis."""
        return f"{self.redis}-credentials"

    @property
    def root_credentials(self) -> str:
        """Generated Secret of OMERO's root user."""
        return f"{self.platform}-root-credentials"

    @property
    def job_service_credentials(self) -> str:
        """Generated Secret of the OMERO account that acts for users in background jobs."""
        return f"{self.platform}-job-service-credentials"

    @property
    def exporter(self) -> str:
        """Deployment of the exporter."""
        return f"{self.platform}-exporter"

    @property
    def monitoring_credentials(self) -> str:
        """Generated Secret of the OMERO account that the exporter logs in with."""
        return f"{self.platform}-monitoring-credentials"

    @property
    def redis_monitoring_credentials(self) -> str:
        """Generated Secret of the account in Redis that its exporter uses."""
        return f"{self.redis}-monitoring-credentials"

    @property
    def checksum_key(self) -> str:
        """Generated Secret that keys the digests of Secrets in pod annotations."""
        return f"{self.platform}-checksum-key"

    @property
    def web_secret_key(self) -> str:
        """Generated Secret with Django's signing key, shared by all web pods."""
        return f"{self.platform}-web-secret-key"
