"""Generated credentials: made once, never made again while they exist.

Creation is a plain create, so two passes at once cannot both win. A value that somebody changed is
a rotation and stays; the annotation `platform.omero.dev/rotate` asks for a new one. A key that
somebody emptied is filled again, and a Secret that is lost is made again, unless its values live on
in the data (`health.lost_data`).
"""

import base64
import logging
import secrets
import string
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from omero_operator.cluster.client import Api
from omero_operator.cluster.errors import AlreadyExistsError, RefusedError
from omero_operator.cluster.failures import name_taken, refused
from omero_operator.cluster.secret_values import unusable
from omero_operator.desired import plan
from omero_operator.desired.component import (
    FERNET_KEY,
    PRIVATE_KEY,
    PUBLIC_KEY,
    RANDOM,
    Credential,
)
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import SECRET, Manifest
from omero_operator.identity.labels import RETAINED, ROTATE, ROTATED
from omero_operator.state.observed import Failure, Observed

logger = logging.getLogger(__name__)

# A letter, then letters and digits: 190 bits, and nothing that a shell, a URL, SQL, a configuration
# file or a command line quotes or takes for an option.
_LENGTH = 32


def _password() -> str:
    letters = string.ascii_letters
    rest = (secrets.choice(letters + string.digits) for _ in range(_LENGTH - 1))
    return secrets.choice(letters) + "".join(rest)


def _fernet_key() -> str:
    """32 random bytes in URL-safe base64, as the Fernet specification has it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _private_key() -> str:
    """For ECDSA on P-256, as PEM (PKCS #8)."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _public_key(private: bytes) -> str:
    """What belongs to a private key that is there, as PEM; empty where that one is no key."""
    try:
        key = serialization.load_pem_private_key(private, password=None)
    except (ValueError, TypeError):
        return ""
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


_MADE: Mapping[str, Callable[[], str]] = {
    RANDOM: _password,
    FERNET_KEY: _fernet_key,
    PRIVATE_KEY: _private_key,
}


@dataclass(frozen=True)
class Made:
    """What became of the wanted Secrets.

    Attributes:
        secrets: Those that are complete, as they now are, by name, with the keys that are ours.
        strangers: Those that have a wanted name and belong to somebody else, by name.
        refusals: Why the API server does not let the others be made or filled, by name.
        lost: Names of those that are lost and were not made anew.
    """

    secrets: dict[str, Manifest] = field(default_factory=dict, repr=False)
    strangers: dict[str, Manifest] = field(default_factory=dict, repr=False)
    refusals: dict[str, RefusedError] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


async def ensure(
    api: Api,
    wanted: Sequence[Credential],
    manifests: Sequence[Manifest],
    observed: Observed,
    lost: Collection[str] = (),
) -> Made:
    """Create missing Secrets and fill missing keys.

    Args:
        api: Connection.
        wanted: Credentials of the plan.
        manifests: Their metadata, in the same order.
        observed: What is there.
        lost: Names of Secrets that must not be made anew; a person may have brought one back.
    """
    made = Made()
    for credential, manifest in zip(wanted, manifests, strict=True):
        name = credential.name
        try:
            live = observed.child(SECRET, name)
            if name in lost:
                live = await _brought_back(api, credential, manifest)
            if live is None and name in lost:
                made.lost.append(name)
                continue
            if live is None:
                live = await _create(api, credential, manifest)
                if not is_data_of(live, manifest):
                    made.strangers[name] = live
                    continue
            live = await _rotate(api, credential, await _fill(api, credential, live))
            made.secrets[name] = _own(credential, live)
        except RefusedError as error:
            made.refusals[name] = error
    return made


def failures(ctx: Context, observed: Observed, made: Made) -> list[Failure]:
    """Failures of the components whose pods use a Secret that is not theirs, not there or unusable.

    They are held back: their pods would read a stranger's Secret, be rolled to a template without a
    checksum and then not start, or not start with a value that somebody put in place of ours.
    """
    complaints = [
        (credential.name, failure)
        for credential in plan.credentials(ctx)
        for failure in _complaints(ctx, observed, credential, made)
    ]
    odd = (*made.strangers, *made.refusals)
    if not complaints and not odd:
        # Who uses which is in all manifests, which take longer to make than a question to the
        # API server.
        return []
    users = plan.users(ctx, (*(name for name, _ in complaints), *odd))
    found = [replace(each, component=user) for name, each in complaints for user in users[name]]
    for name in odd:
        for component in users[name]:
            if name in made.strangers:
                found.append(name_taken(component, made.strangers[name], holds=True))
            else:
                found.append(refused(component, made.refusals[name], holds=True))
    return found


def _complaints(
    ctx: Context, observed: Observed, credential: Credential, made: Made
) -> Iterator[Failure]:
    """What is wrong with the values of one Secret, of no component yet."""
    live = made.secrets.get(credential.name, {})
    keys = [(key, credential.purpose) for key, value in credential.keys if value in _MADE]
    return unusable(ctx, observed, "", f"Secret '{credential.name}'", keys, live.get("data", {}))


def _own(credential: Credential, live: Manifest) -> Manifest:
    """The Secret with our keys alone: one that somebody added is no reason to roll pods."""
    data = live.get("data", {})
    return {**live, "data": {key: data[key] for key, _ in credential.keys if key in data}}


async def _fill(api: Api, credential: Credential, live: Manifest) -> Manifest:
    """The Secret with all its keys."""
    missing = _values(credential, keep=live.get("data", {}))
    if not missing:
        return live
    metadata = live["metadata"]
    patch = {"metadata": {"resourceVersion": metadata["resourceVersion"]}, "data": missing}
    filled = await api.merge(SECRET, metadata["namespace"], credential.name, patch)
    logger.warning(
        "filled missing keys %s of Secret %s/%s",
        sorted(missing),
        metadata["namespace"],
        credential.name,
    )
    return filled


async def _rotate(api: Api, credential: Credential, live: Manifest) -> Manifest:
    """The Secret with new values, if a person asks for them with a word that is new.

    Values and the word that was carried out are one write, so a kill before or after it makes no
    second rotation. Values that others know and cannot be told again stay as they are.
    """
    metadata = live["metadata"]
    annotations = metadata.get("annotations", {})
    word = annotations.get(ROTATE, "")
    if not word or word == annotations.get(ROTATED) or credential.lives_in:
        return live
    patch = {
        "metadata": {
            "resourceVersion": metadata["resourceVersion"],
            "annotations": {ROTATED: word},
        },
        "data": _new_values(credential),
    }
    rotated = await api.merge(SECRET, metadata["namespace"], credential.name, patch)
    logger.info("rotated Secret %s/%s", metadata["namespace"], credential.name)
    return rotated


async def _brought_back(api: Api, credential: Credential, manifest: Manifest) -> Manifest | None:
    """A lost Secret that a person made again with all its keys; from now on it is ours again."""
    live = await api.get(SECRET, manifest["metadata"]["namespace"], credential.name)
    if live is None or _values(credential, keep=live.get("data", {})):
        return None
    if is_data_of(live, manifest):
        return live
    logger.info("Secret %s was restored", credential.name)
    return await api.apply(SECRET, manifest)


async def _create(api: Api, credential: Credential, manifest: Manifest) -> Manifest:
    body = {**manifest, "type": "Opaque", "data": _values(credential, keep={})}
    try:
        created = await api.create(SECRET, body)
    except AlreadyExistsError:
        found = await api.get(SECRET, manifest["metadata"]["namespace"], credential.name)
        if found is None:
            raise
        return found
    logger.info("generated Secret %s/%s", manifest["metadata"]["namespace"], credential.name)
    return created


def is_data_of(live: Manifest, manifest: Manifest) -> bool:
    """Whether a found Secret belongs to the platform of this manifest."""
    mine = manifest["metadata"]["annotations"][RETAINED]
    return bool(live["metadata"].get("annotations", {}).get(RETAINED) == mine)


def _values(credential: Credential, keep: Manifest) -> dict[str, str]:
    """The keys that are missing."""
    missing = {
        key: _encoded(_MADE[value]() if value in _MADE else value)
        for key, value in credential.keys
        if not keep.get(key) and value != PUBLIC_KEY
    }
    return missing | _public_keys(credential, {**keep, **missing})


def _new_values(credential: Credential) -> dict[str, str]:
    """New values for all that was generated."""
    made = {key: _encoded(_MADE[value]()) for key, value in credential.keys if value in _MADE}
    return made | _public_keys(credential, made)


def _public_keys(credential: Credential, data: Manifest) -> dict[str, str]:
    """The public key, where it is not the one of the private key."""
    private = next((key for key, value in credential.keys if value == PRIVATE_KEY), "")
    if not private:
        return {}
    belongs = _public_key(base64.b64decode(data[private]))
    return {
        key: _encoded(belongs)
        for key, value in credential.keys
        if value == PUBLIC_KEY and belongs and data.get(key) != _encoded(belongs)
    }


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
