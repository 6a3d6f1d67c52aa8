"""Addresses below `/omeroweb_example/`; names begin with the label, so no two plugins collide."""

from __future__ import annotations

from django.urls import path

from omero_plugin_common.help_page import help_view
from omeroweb_example import views

urlpatterns = [
    path("", views.index, name="omeroweb_example_index"),
    path("help/", help_view("omeroweb_example"), name="omeroweb_example_help"),
    path("datasets/", views.datasets, name="omeroweb_example_dataset_list"),
    path("count/", views.count, name="omeroweb_example_count_start"),
]
