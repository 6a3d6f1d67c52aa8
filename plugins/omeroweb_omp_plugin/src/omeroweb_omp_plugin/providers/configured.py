"""The providers that the site's administrator allows: spec.ai.providers of the OmeroPlatform.

Without any, AI assistance is off. No address comes from a user.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from omero_plugin_common.env_utils import InvalidValue, get_optional_env
from omero_plugin_common.platform_fields import declare, field_of
from omeroweb_omp_plugin.ai.errors import AiOff, KeyMissing, ModelUnknown
from omeroweb_omp_plugin.providers.client import AiClient
from omeroweb_omp_plugin.providers.formats import FORMATS, HOSTS, Kind

VARIABLE: Final = "OMP_AI_PROVIDERS"
ModelName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$", strict=True)
]
ProviderName = Annotated[str, StringConstraints(pattern=r"^[\w][\w .+-]{0,62}$", strict=True)]

declare({VARIABLE: "spec.ai.providers"})


class Provider(BaseModel):
    """One provider.

    Attributes:
        name: what users choose; unique.
        kind: whose format it speaks.
        base_url: of an `openai_compatible` server, as `http://ollama.lab:11434/v1`; the public
            providers have addresses of their own.
        models: the models that may be used; all that the provider has when empty.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, hide_input_in_errors=True
    )

    name: ProviderName
    kind: Kind
    base_url: str = ""
    models: tuple[ModelName, ...] = ()

    @model_validator(mode="after")
    def _address(self) -> Self:
        if self.kind != "openai_compatible":
            if self.base_url:
                raise ValueError(f"{self.name}: only openai_compatible can have a baseUrl")
            return self
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{self.name}: baseUrl must be an http or https address")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(f"{self.name}: baseUrl must have neither a user nor a query")
        return self

    @property
    def address(self) -> str:
        """Where requests go."""
        return HOSTS.get(self.kind) or self.base_url

    @property
    def host(self) -> str:
        """The part of the address that tells a user who gets the names."""
        return urlsplit(self.address).netloc

    @property
    def needs_key(self) -> bool:
        """Whether nothing works without a key."""
        return self.kind != "openai_compatible"

    def client(self, key: str | None) -> AiClient:
        """The provider, ready to be asked.

        Args:
            key: the user's, if there is one.

        Raises:
            KeyMissing: it wants a key.
        """
        if self.needs_key and not key:
            raise KeyMissing(f"Save your key for {self.name} first")
        return AiClient(self.name, FORMATS[self.kind], self.address, key or "")

    def check_model(self, model: str) -> None:
        """Refuse a model that the site does not allow.

        Raises:
            ModelUnknown: naming those that it allows.
        """
        if self.models and model not in self.models:
            raise ModelUnknown(f"This site allows {', '.join(self.models)} of {self.name}")


_PROVIDERS: Final = TypeAdapter(tuple[Provider, ...])


def providers(source: Mapping[str, str] | None = None) -> dict[str, Provider]:
    """The site's providers by name, in the administrator's order; none when AI is off.

    Args:
        source: where to look; the process environment when not given.

    Raises:
        InvalidValue: the variable cannot be used; says where.
    """
    text = get_optional_env(VARIABLE, source=source)
    if text is None:
        return {}
    try:
        listed = _PROVIDERS.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "the list"
        raise InvalidValue(
            f"{VARIABLE}: {where}: {first['msg']}; it comes from {field_of(VARIABLE)}"
        ) from None
    named = {each.name: each for each in listed}
    if len(named) < len(listed):
        raise InvalidValue(
            f"{VARIABLE}: two providers have the same name; it comes from {field_of(VARIABLE)}"
        )
    return named


def provider(name: str, source: Mapping[str, str] | None = None) -> Provider:
    """One of them.

    Raises:
        AiOff: the site has none of that name.
        InvalidValue: see `providers`.
    """
    listed = providers(source).get(name)
    if listed is None:
        raise AiOff(
            "This site has no such AI provider. Reload the page to see which there are",
        )
    return listed
