"""The plugin's jobs, and its work that comes back: importing this package declares them."""

from omeroweb_upload.jobs import clean_up

__all__ = ["clean_up"]
