"""A double of Grafana: it signs in whom Grafana would sign in with the settings of the chart.

Grafana itself cannot be run here. What it does with a token is in its documentation and its source
(`pkg/services/auth/jwt`, `pkg/services/authn/clients/jwt.go`): the key's file, the expected claims,
a minute more than the expiry, the role.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import jwt
import yaml

_CHART: Final = Path(__file__).parents[1] / "charts/golden/monitoring/stack.yaml"
_LEEWAY_SECONDS: Final = 60


def settings() -> dict[str, str]:
    """The variables of the chart's Grafana, by their names."""
    for each in yaml.safe_load_all(_CHART.read_text(encoding="utf-8")):
        if each["kind"] == "StatefulSet" and each["metadata"]["name"].endswith("-grafana"):
            (container,) = each["spec"]["template"]["spec"]["containers"]
            return {one["name"]: one["value"] for one in container["env"]}
    raise LookupError("the chart's golden file has no Grafana")


@dataclass
class GrafanaDouble:
    """What a browser gets of Grafana, and what Grafana was sent.

    Attributes:
        key: the public key, as PEM.
        asked: address, headers and form of each request.
        url: where it is.
    """

    key: str
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, _query: dict[str, str]) -> tuple[int, str]:
        """Who is signed in; 401 for nobody."""
        if "/public/" in path:
            return 200, "the same for everybody"
        given = settings()
        token = self.asked[-1][1].get(given["GF_AUTH_JWT_HEADER_NAME"], "")
        try:
            claims = self.claims(token)
        except (jwt.PyJWTError, LookupError) as error:
            return 401, str(error)
        login = claims[given["GF_AUTH_JWT_USERNAME_CLAIM"]]
        return 200, json.dumps({"login": login, "role": claims["role"], "path": path})

    def claims(self, token: str) -> dict[str, Any]:
        """What a token says, if Grafana would believe it.

        Raises:
            PyJWTError: It would not.
            LookupError: The same, for the role.
        """
        given = settings()
        expected = json.loads(given["GF_AUTH_JWT_EXPECT_CLAIMS"])
        if "kid" in jwt.get_unverified_header(token):
            raise LookupError("a key of a file has no name, so that none is found by it")
        claims: dict[str, Any] = jwt.decode(
            token,
            self.key,
            algorithms=["ES256"],
            audience=expected["aud"],
            issuer=expected["iss"],
            leeway=_LEEWAY_SECONDS,
            options={"require": ["sub", "exp", "aud", "iss"]},
        )
        path, role = given["GF_AUTH_JWT_ROLE_ATTRIBUTE_PATH"], claims.get("role")
        if path != f"role == '{role}' && '{role}'":
            raise LookupError("no role, and the chart is strict")
        return claims
