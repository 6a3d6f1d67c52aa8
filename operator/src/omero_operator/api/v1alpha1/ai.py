"""`spec.ai`: language models that plugins may ask, and no others."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field

from omero_operator.api.v1alpha1.fields import Block, rules

ProviderName = Annotated[
    str, Field(min_length=1, max_length=63, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_ .+-]*$")
]
ModelName = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$")
]
# No user, no query: both could hold a password.
BaseUrl = Annotated[
    str,
    Field(
        min_length=8,
        max_length=1024,
        pattern=r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[1-9][0-9]{0,4})?(/[^\s?#@]*)?$",
    ),
]


def host_of(url: str) -> str:
    """Where the server of a `BaseUrl` is; empty for none."""
    return urlsplit(url).hostname or ""


def port_of(url: str) -> int:
    """Where the server of a `BaseUrl` listens."""
    address = urlsplit(url)
    given = address.netloc.partition(":")[2]
    return int(given) if given else {"http": 80, "https": 443}[address.scheme]


class AiProvider(Block):
    """A service with language models. Keys are the users' own and stand in no resource."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "has(self.baseUrl) == (self.kind == 'openaiCompatible')",
                "kind openaiCompatible needs baseUrl; the other kinds must not have one, their "
                "addresses are fixed",
            ),
        )
    )

    name: ProviderName = Field(description="Name that users see and choose.")
    kind: Literal["openai", "anthropic", "google", "mistral", "openaiCompatible"] = Field(
        description="Whose service it is. openaiCompatible is any server with the same interface "
        "as OpenAI's, for example a local one: then the names do not leave your "
        "network."
    )
    base_url: BaseUrl | None = Field(
        None,
        description="Address of an openaiCompatible server, for example http://ollama.lab:11434/v1.",
    )
    models: list[ModelName] = Field(
        default_factory=list,
        max_length=64,
        description="Models that users may choose; empty means all models of the provider.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )

    @property
    def host(self) -> str:
        """Where its server is; empty for a service on the internet."""
        return host_of(self.base_url or "")

    @property
    def port(self) -> int:
        """Where its server listens."""
        return port_of(self.base_url or "https://")


class Ai(Block):
    """Assistance by language models; off while no provider is listed."""

    providers: list[AiProvider] = Field(
        default_factory=list,
        max_length=16,
        description="Services that plugins may call, on a user's request and with the user's "
        "key. Web and worker pods may then open connections to these addresses.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
    )
