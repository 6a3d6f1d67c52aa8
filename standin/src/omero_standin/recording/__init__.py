"""`omero-standin record` and `replay`: one catalogue of calls, run against two servers.

A client: everything goes through OMERO's API. Nothing here knows which server answers.
"""
