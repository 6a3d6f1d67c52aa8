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


class AiProvider(Block):
    """A service with language models. Keys are the users' own and stand in no resource."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "has(self.baseUrl) == (self.kind == 'openaiCompatible')",
                "kind openaiCompatible needs baseUrl; the others have addresses of their own",
            ),
        )
    )

    name: ProviderName = Field(description="What users choose.")
    kind: Literal["openai", "anthropic", "google", "mistral", "openaiCompatible"] = Field(
        description="Whose service it is; openaiCompatible is any server with that interface, for "
        "example a local one, which keeps the names at home."
    )
    base_url: BaseUrl | None = Field(
        None,
        description="Address of an openaiCompatible server, for example http://ollama.lab:11434/v1.",
    )
    models: list[ModelName] = Field(
        default_factory=list,
        max_length=64,
        description="Models that may be used; empty means all that the provider has.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )

    @property
    def host(self) -> str:
        """Where its server is; empty for a service on the internet."""
        return urlsplit(self.base_url or "").hostname or ""

    @property
    def port(self) -> int:
        """Where its server listens."""
        address = urlsplit(self.base_url or "https://")
        given = address.netloc.partition(":")[2]
        return int(given) if given else {"http": 80, "https": 443}[address.scheme]


class Ai(Block):
    """Assistance by language models; off while no provider is listed."""

    providers: list[AiProvider] = Field(
        default_factory=list,
        max_length=16,
        description="Who may be asked by the plugins, on a user's request and with the user's key. "
        "Web and workers may then open connections to these addresses.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
    )
