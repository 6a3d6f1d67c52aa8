"""A mutating admission webhook on the loopback interface, as an API server calls it."""

from __future__ import annotations

import base64
import copy
import json
import socket
import ssl
from collections.abc import Callable

import trustme
from aiohttp import web

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
        background_loop.run(self._close())

    async def _close(self) -> None:
        await background_loop.stop_accepting(self._listener)
        await self._runner.cleanup()

    async def _start(self) -> None:
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        app = web.Application(client_max_size=4 * 1024**2)
        app.router.add_post("/", self._review)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5)
        await self._runner.setup()
        self._listener = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(self._runner, self._listener, ssl_context=context).start()
        self._port = self._listener.getsockname()[1]
        self._ca = base64.b64encode(authority.cert_pem.bytes()).decode()

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
