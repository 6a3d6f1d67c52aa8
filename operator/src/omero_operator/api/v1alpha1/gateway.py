"""What routes of the Gateway API have in common: the Gateways that they are attached to."""

from typing import Annotated

from pydantic import Field

from omero_operator.api.v1alpha1.fields import Block, HostName, ObjectName, Port

# https://gateway-api.sigs.k8s.io/geps/gep-2257/
GatewayDuration = Annotated[
    str, Field(min_length=2, max_length=24, pattern=r"^([0-9]{1,5}(h|m|s|ms)){1,4}$")
]


class ParentRef(Block):
    """A Gateway, or one of its listeners."""

    name: ObjectName = Field(description="Name of the Gateway.")
    namespace: ObjectName | None = Field(
        None,
        description="Its namespace; empty means that of the site. In another namespace, the "
        "listener must allow routes from the site's namespace (allowedRoutes).",
    )
    section_name: ObjectName | None = Field(
        None, description="Name of the listener; empty means every listener that fits."
    )
    port: Port | None = Field(
        None, description="Port of the listener. Not every implementation supports it."
    )


ParentRefs = Annotated[
    list[ParentRef],
    Field(
        min_length=1,
        max_length=8,
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    ),
]


class ServerGateway(Block):
    """The way of Ice clients to port 4064 through the Gateway API; TLS ends in OMERO.server."""

    parent_refs: ParentRefs = Field(
        description="Gateways that take the connections of Ice clients."
    )
    hostnames: list[HostName] = Field(
        default_factory=list,
        max_length=16,
        description="Host names by which a listener with protocol TLS and mode Passthrough finds "
        "the site (TLSRoute). Only for clients that send a host name (SNI): OMERO's Python "
        "client and command line do not. If empty, every connection to a listener with "
        "protocol TCP is the site's (TCPRoute).",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
