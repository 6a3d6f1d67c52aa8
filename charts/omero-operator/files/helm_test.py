"""`helm test`: the operator answers its health check, and the API server serves OmeroPlatform."""

import json
import os
import pathlib
import ssl
import sys
import urllib.request

ACCOUNT = pathlib.Path("/var/run/secrets/kubernetes.io/serviceaccount")


def fetch(url: str, **headers: str) -> bytes:
    """GET within ten seconds; the cluster's own certificate authority is the only one trusted."""
    trust = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=10, context=trust) as answer:
        body: bytes = answer.read()
        return body


fetch(os.environ["HEALTH_URL"])
sys.stdout.write("ok: the operator is healthy\n")

host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
address = f"[{host}]" if ":" in host else host
token = (ACCOUNT / "token").read_text()
served = json.loads(
    fetch(
        f"https://{address}:{port}/apis/platform.omero.dev/v1alpha1",
        Authorization=f"Bearer {token}",
    )
)
if "omeroplatforms" not in {resource["name"] for resource in served["resources"]}:
    sys.exit("platform.omero.dev/v1alpha1 is served without omeroplatforms: is the CRD installed?")
sys.stdout.write("ok: the API server serves omeroplatforms.platform.omero.dev/v1alpha1\n")
