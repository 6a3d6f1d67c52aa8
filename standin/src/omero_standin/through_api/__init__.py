"""A description of accounts and data → accounts and data of any OMERO, as its users make them.

A client: everything goes through OMERO's API, with the accounts that the description names.
"""
