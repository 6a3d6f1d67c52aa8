"""Routes below `/plugin_probe/`."""

from django.urls import path

from omero_plugin_common.help_page import help_view
from plugin_probe import views

urlpatterns = [
    path("change/", views.change),
    path("limited/", views.limited),
    path("boom/", views.boom),
    path("server/", views.server),
    path("admin/", views.only_admin),
    path("objects/", views.objects),
    path("start/", views.start),
    path("help/", help_view("plugin_probe", template="plugin_probe/help.html")),
]
