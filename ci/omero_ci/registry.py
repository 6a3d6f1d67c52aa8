"""What a tag names, asked of its registry without fetching the image.

The requests are those of the OCI distribution specification 1.1 ("Checking if content exists in the
registry") with the token handshake of Docker Registry v2 that all public registries speak.
"""

from __future__ import annotations

import re

import httpx

from tools.common.errors import CommandError

# One index for all platforms comes first; a registry that has none answers with the image.
ACCEPT = ", ".join(
    [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]
)
# The name that people write is not the address that answers.
_HOSTS = {"docker.io": "registry-1.docker.io"}
_LOCAL = re.compile(r"(localhost|127\.0\.0\.1)(:\d+)?")
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}")


def digest_of(reference: str) -> str:
    """The digest that a tag names now.

    Args:
        reference: `host/path:tag`, for example `docker.io/library/postgres:16.15-trixie`.

    Raises:
        CommandError: The registry does not answer, refuses, or has no such tag.
    """
    host, _, rest = reference.partition("/")
    path, _, tag = rest.rpartition(":")
    # As container engines do: a registry on this machine needs no certificate.
    scheme = "http" if _LOCAL.fullmatch(host) else "https"
    url = f"{scheme}://{_HOSTS.get(host, host)}/v2/{path}/manifests/{tag}"
    try:
        with httpx.Client(timeout=30, follow_redirects=True) as client:
            answer = client.head(url, headers={"Accept": ACCEPT})
            if answer.status_code == 401:
                token = _token(client, reference, answer.headers.get("WWW-Authenticate", ""))
                headers = {"Accept": ACCEPT, "Authorization": f"Bearer {token}"}
                answer = client.head(url, headers=headers)
    except httpx.HTTPError as error:
        raise CommandError(f"{reference}: the registry does not answer: {error}") from error
    if answer.status_code == 404:
        raise CommandError(f"{reference}: the registry has no such tag; correct it in values.yaml")
    if answer.is_error:
        raise CommandError(f"{reference}: the registry answers with status {answer.status_code}")
    digest = str(answer.headers.get("Docker-Content-Digest", ""))
    if not _DIGEST.fullmatch(digest):
        raise CommandError(f"{reference}: the registry's answer has no digest but {digest!r}")
    return digest


def _token(client: httpx.Client, reference: str, challenge: str) -> str:
    """An anonymous token for reading, as the registry's challenge describes it."""
    scheme, _, rest = challenge.partition(" ")
    asked = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    if scheme.lower() != "bearer" or "realm" not in asked:
        raise CommandError(
            f"{reference}: the registry requires a login ({challenge or 'it does not say how'})"
        )
    answer = client.get(asked.pop("realm"), params=asked)
    if answer.is_error:
        raise CommandError(
            f"{reference}: the registry returns no token, status {answer.status_code}"
        )
    content = answer.json()
    return str(content.get("token") or content["access_token"])
