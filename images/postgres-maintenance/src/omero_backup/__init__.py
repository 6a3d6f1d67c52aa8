"""Backup, check and restore of an OMERO site: both databases, the image repository, its Secrets.

The store is a restic repository (https://restic.net), so a person can read a backup with that
program alone. One backup is several of its snapshots, all with the backup's id as a tag; the one
with the manifest is written last, and without it the others are not a backup.
"""

__version__ = "0.1.0"
