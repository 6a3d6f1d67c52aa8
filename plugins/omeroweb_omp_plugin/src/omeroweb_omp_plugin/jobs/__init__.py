"""The plugin's jobs, and its encrypted columns: importing this package declares them."""

from omero_plugin_common import secret_box
from omeroweb_omp_plugin.jobs import ai, pairs

__all__ = ["ai", "pairs"]

secret_box.declare_column("omp_hash_secret", "id", "secret")
