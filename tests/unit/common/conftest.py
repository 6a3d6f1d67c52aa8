"""Django, for the library's web part."""

from view_requests import django  # noqa: F401 - a fixture, found by its name here
