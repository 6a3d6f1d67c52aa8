"""A mutating admission webhook on the loopback interface, as an API server calls it."""

from __future__ import annotations

import base64
import copy
import datetime
import ipaddress
import json
import ssl
import tempfile
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import background_loop
from omero_operator.identity.kinds import Kind
from operator_ring.kube import NAMESPACE, Kube, Manifest

CONFIGURATION = Kind(
    "admissionregistration.k8s.io/v1",
    "MutatingWebhookConfiguration",
    "mutatingwebhookconfigurations",
)
# Workloads alone: asking for every event of a test costs more than it shows.
_RULE = {
    "operations": ["CREATE", "UPDATE"],
    "apiGroups": ["apps", "batch"],
    "apiVersions": ["v1"],
    "resources": ["deployments", "statefulsets", "jobs", "cronjobs"],
    "scope": "Namespaced",
}


class Webhook:
    """Changes objects of one namespace while they are admitted.

    Args:
        kube: The administrator's client.
        namespace: Where it applies.
        mutate: Gets a workload and changes it.
    """

    def __init__(self, kube: Kube, namespace: str, mutate: Callable[[Manifest], None]) -> None:
        self._kube = kube
        self._namespace = namespace
        self._mutate = mutate
        self._name = f"webhook-{namespace}"

    def __enter__(self) -> Webhook:
        background_loop.run(self._start())
        self._kube.merge(
            NAMESPACE, None, self._namespace, {"metadata": {"labels": {self._name: ""}}}
        )
        self._kube.create(CONFIGURATION, self._configuration())
        return self

    def __exit__(self, *_: object) -> None:
        self._kube.delete(CONFIGURATION, None, self._name)
        background_loop.run(self._runner.cleanup())

    async def _start(self) -> None:
        certificate, context = _certificate()
        app = web.Application(client_max_size=4 * 1024**2)
        app.router.add_post("/", self._review)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self._port = self._runner.addresses[0][1]
        self._ca = base64.b64encode(certificate).decode()

    async def _review(self, request: web.Request) -> web.Response:
        review = await request.json()
        before = review["request"]["object"]
        after = copy.deepcopy(before)
        self._mutate(after)
        response: Manifest = {"uid": review["request"]["uid"], "allowed": True}
        if after != before:
            patch = [
                {"op": "replace", "path": f"/{key}", "value": after[key]}
                for key in after
                if after[key] != before.get(key)
            ]
            response["patchType"] = "JSONPatch"
            response["patch"] = base64.b64encode(json.dumps(patch).encode()).decode()
        return web.json_response(
            {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
        )

    def _configuration(self) -> Manifest:
        return {
            "metadata": {"name": self._name},
            "webhooks": [
                {
                    "name": "mutate.test.example.org",
                    "clientConfig": {
                        "url": f"https://127.0.0.1:{self._port}/",
                        "caBundle": self._ca,
                    },
                    "rules": [_RULE],
                    "namespaceSelector": {
                        "matchExpressions": [{"key": self._name, "operator": "Exists"}]
                    },
                    "sideEffects": "None",
                    "admissionReviewVersions": ["v1"],
                }
            ],
        }


def _certificate() -> tuple[bytes, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that is its own authority, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "webhook")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "both.pem"
        file.write_bytes(private + public)
        context.load_cert_chain(file)
    return public, context
