"""Requests to JSON views without a server: Django's RequestFactory and a user's connection."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final

import pytest

JSON: Final = "application/json"


@pytest.fixture(scope="session")
def django(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Django with the settings that the library's web part needs, and no more.

    It is configured once for the process; OMERO.web's code is imported after it.
    """
    os.environ.setdefault("OMERODIR", str(tmp_path_factory.mktemp("omerodir")))
    import django as library
    from django.conf import settings

    if not settings.configured:
        settings.configure(SECRET_KEY="of-unit-tests-only", ALLOWED_HOSTS=["testserver"])
        library.setup()


class Gateway:
    """The connection of a user."""

    def __init__(
        self,
        name: str = "ada",
        *,
        user_id: int = 7,
        admin: bool = False,
        privileges: Sequence[str] = (),
    ) -> None:
        """Somebody whose own group is 3."""
        self.c = None
        self._context = SimpleNamespace(
            userId=user_id,
            userName=name,
            groupId=3,
            isAdmin=admin,
            adminPrivileges=list(privileges),
        )

    def getEventContext(self) -> Any:  # noqa: N802 - OMERO's name
        """Who it is."""
        return self._context


def request(
    method: str = "GET",
    body: Any = None,
    kind: str = JSON,
    address: str = "/example/thing/",
    **headers: str,
) -> Any:
    """A request of a script that is past Django's CSRF check, with 5 as its active group."""
    from django.test import RequestFactory

    data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    made = RequestFactory().generic(
        method, address, data, kind, headers={"Accept": JSON, **headers}
    )
    made.session = {"active_group": 5}
    made._dont_enforce_csrf_checks = True
    return made


def answered(response: Any) -> tuple[int, Any]:
    """Status and body of a view's answer."""
    return response.status_code, json.loads(response.content)
