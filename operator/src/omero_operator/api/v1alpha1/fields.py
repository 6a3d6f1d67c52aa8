"""Bounded field types shared by all blocks of the specification.

Every string, list and map carries an upper bound: the API server refuses CEL rules whose cost it
cannot bound, and a bound in the schema is a better error than a pod that fails later.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from omero_operator.api import cron

DNS_LABEL = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
DNS_NAME = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$"


def rules(*pairs: tuple[str, str]) -> dict[str, Any]:
    """CEL validations for a model or field.

    Args:
        pairs: (CEL expression, message shown when it is false).

    Returns:
        The `json_schema_extra` value that puts them into the CRD.
    """
    return {
        "x-kubernetes-validations": [{"rule": rule, "message": message} for rule, message in pairs]
    }


def _cron_rules() -> Iterator[tuple[str, str]]:
    """What a cron schedule is, one rule a field, so that the message names the field.

    `cron.parse` says the same to Python.
    """
    descriptor = "|".join(cron.DESCRIPTORS)
    yield rf"self.matches('^({descriptor}|[^ ]+( +[^ ]+){{4}})$')", cron.FIVE_FIELDS
    for place, field in enumerate(cron.FIELDS):
        before = rf"([^ ]+ +){{{place}}}"
        yield rf"self.matches('^(@|{before}({field.pattern})( |$))')", field.message
    names = {name: number for field in cron.FIELDS for name, number in field.names.items()}
    # CEL has no variables; a list of one element gives a name to a value.
    low, high = (
        f"(ends[{end}] in names ? names[ends[{end}]] : int(ends[{end}]))" for end in (0, 1)
    )
    yield (
        f"[{names}].all(names, self.lowerAscii().findAll('{cron.RANGE}').all(range, "
        f"[range.split('-')].all(ends, {low} <= {high})))",
        cron.RISING,
    )


class Block(BaseModel):
    """Base of every block: camelCase outside, unknown keys refused, immutable inside."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True
    )


ObjectName = Annotated[str, Field(min_length=1, max_length=253, pattern=DNS_NAME)]
HostName = Annotated[str, Field(min_length=1, max_length=253, pattern=DNS_NAME)]
Port = Annotated[int, Field(ge=1, le=65535)]
Quantity = Annotated[str, Field(min_length=1, max_length=32, pattern=QUANTITY)]
Cidr = Annotated[str, Field(min_length=4, max_length=64, pattern=r"^[0-9a-fA-F:.]+/[0-9]{1,3}$")]
CronSchedule = Annotated[
    str, Field(min_length=5, max_length=100, json_schema_extra=rules(*_cron_rules()))
]
SecretKey = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]
ImageReference = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[^\s]+$")]
ShortText = Annotated[str, Field(max_length=255)]
ConfigValue = Annotated[str, Field(max_length=8192, pattern=r"^[^\n\r]*$")]


class SecretKeyRef(Block):
    """One key of a Secret in the platform's namespace."""

    name: ObjectName = Field(description="Name of the Secret.")
    key: SecretKey = Field(
        description="Key in the Secret. One line break at the end of its value is removed."
    )


class ConfigMapKeyRef(Block):
    """One key of a ConfigMap in the platform's namespace."""

    name: ObjectName = Field(description="Name of the ConfigMap.")
    key: SecretKey = Field(description="Key in the ConfigMap.")


class CredentialsRef(Block):
    """A Secret that holds a user name and a password."""

    name: ObjectName = Field(description="Name of the Secret.")
    username_key: SecretKey = Field("username", description="Key that holds the user name.")
    password_key: SecretKey = Field(
        "password",
        description="Key that holds the password. One line break at the end of both values is "
        "removed.",
    )


class Resources(Block):
    """Requests and limits of a container; what is given replaces the size profile's value."""

    requests: dict[str, Quantity] = Field(
        default_factory=dict,
        description="Requested amounts, for example {cpu: 500m, memory: 2Gi}.",
        max_length=8,
    )
    limits: dict[str, Quantity] = Field(
        default_factory=dict,
        description="Upper limits, for example {memory: 4Gi}.",
        max_length=8,
    )


# Of every volume, by its block.
STORAGE_RULES = (
    (
        "has(self.storageClassName) == has(oldSelf.storageClassName) && "
        "(!has(self.storageClassName) || "
        "self.storageClassName == oldSelf.storageClassName)",
        "storageClassName cannot be changed after creation: the class of a volume is fixed",
    ),
    (
        "has(self.existingClaim) == has(oldSelf.existingClaim) && "
        "(!has(self.existingClaim) || self.existingClaim == oldSelf.existingClaim)",
        "existingClaim cannot be changed after creation: the data would stay on the old claim",
    ),
    (
        "quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0",
        "size cannot be reduced: Kubernetes volumes can only grow",
    ),
    (
        "!(has(self.existingClaim) && has(self.storageClassName))",
        "give existingClaim or storageClassName, not both",
    ),
)


class Storage(Block):
    """A persistent volume. It outlives the platform unless deletionPolicy is Delete."""

    model_config = ConfigDict(json_schema_extra=rules(*STORAGE_RULES))

    size: Quantity = Field(
        "10Gi", description="Capacity of the volume. It can be increased, but not reduced."
    )
    storage_class_name: ObjectName | None = Field(
        None, description="StorageClass of the volume; empty means the cluster's default class."
    )
    existing_claim: ObjectName | None = Field(
        None,
        description="PersistentVolumeClaim to use instead of a new one. The operator never "
        "changes or deletes it.",
    )


class SharedStorage(Storage):
    """A volume that several pods may use, where its storage class lets them."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            *STORAGE_RULES,
            (
                "self.accessMode == oldSelf.accessMode",
                "accessMode cannot be changed after creation: that of a volume is fixed",
            ),
        )
    )

    access_mode: Literal["ReadWriteOnce", "ReadWriteMany"] = Field(
        "ReadWriteOnce",
        description="ReadWriteMany, which not every storage class has, lets several pods use it.",
    )
