"""Checks of a running site, as plain functions: `python -m omeroweb_admin_tools.doctor`.

Each check proves one thing, has a time-out of its own, and says what to do where it fails. They ask
only servers that the pod's configuration names, write nothing but what they delete again, and show
no secret.
"""
