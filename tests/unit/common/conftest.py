"""Django with the settings that the library's web part needs, and no more."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def django(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Django is configured once for the process; OMERO.web's code is imported after it."""
    os.environ.setdefault("OMERODIR", str(tmp_path_factory.mktemp("omerodir")))
    import django as library
    from django.conf import settings

    if not settings.configured:
        settings.configure(SECRET_KEY="of-unit-tests-only", ALLOWED_HOSTS=["testserver"])
        library.setup()
