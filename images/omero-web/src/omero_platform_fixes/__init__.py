"""Repairs of applications from others, until their next version has them.

docs/omero-web.md describes each as it goes to its authors.
"""
