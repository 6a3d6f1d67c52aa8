"""Addresses below `/omeroweb_probe/`."""

from __future__ import annotations

from django.urls import path

from omeroweb_probe import views

urlpatterns = [
    path("error/", views.error, name="omeroweb_probe_error"),
    path("empty/", views.empty, name="omeroweb_probe_empty"),
]
