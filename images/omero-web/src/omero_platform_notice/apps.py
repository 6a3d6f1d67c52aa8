"""The Django application; it has no pages of its own."""

from django.apps import AppConfig


class NoticeConfig(AppConfig):  # type: ignore[misc]
    """Only templates, a tag and a style sheet."""

    name = "omero_platform_notice"
    label = "omero_platform_notice"
