"""A store of restic that opens at once.

restic makes a key from the passphrase so that it takes half a second of the processor, at each of
its calls, and measures for two seconds before it makes a store. How much work it is stands beside
the key: here as little as restic accepts. See "Keys, Encryption and MAC" in restic's design.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

from backup_lab import own

# What restic cuts files with; any irreducible polynomial of this degree will do.
_POLYNOMIAL: Final = "25b468838dcb75"
_WORK: Final = {"N": 2, "r": 1, "p": 1}
_FOLDERS: Final = ("data", "index", "keys", "locks", "snapshots")


def make(store: Path, passphrase: str = "not-encrypted") -> None:  # noqa: S107 - as docs/backup.md
    """What `restic init` makes in an empty folder, for this passphrase."""
    for name in _FOLDERS:
        (store / name).mkdir()
    master, salt = secrets.token_bytes(64), secrets.token_bytes(64)
    key = hashlib.scrypt(
        passphrase.encode(), salt=salt, n=_WORK["N"], r=_WORK["r"], p=_WORK["p"], dklen=64
    )
    encrypt, mac = master[:32], {"k": _text(master[32:48]), "r": _text(master[48:])}
    data = _sealed(key, {"mac": mac, "encrypt": _text(encrypt)})
    stored = {"created": "2026-11-30T12:00:00Z", "username": "", "hostname": "", "kdf": "scrypt"}
    text = json.dumps({**stored, **_WORK, "salt": _text(salt), "data": _text(data)}).encode()
    (store / "keys" / hashlib.sha256(text).hexdigest()).write_bytes(text)
    config = {"version": 2, "id": secrets.token_hex(32), "chunker_polynomial": _POLYNOMIAL}
    (store / "config").write_bytes(_sealed(master, config))
    own(store)


def _sealed(key: bytes, value: dict[str, Any]) -> bytes:
    """Encrypted with AES-256 in counter mode, and signed with Poly1305-AES."""
    nonce = secrets.token_bytes(16)
    encryptor = Cipher(algorithms.AES(key[:32]), modes.CTR(nonce)).encryptor()
    hidden = encryptor.update(json.dumps(value).encode())
    block = Cipher(algorithms.AES(key[32:48]), modes.ECB()).encryptor()  # noqa: S305 - one block
    return nonce + hidden + Poly1305.generate_tag(key[48:] + block.update(nonce), hidden)


def _text(some: bytes) -> str:
    return base64.b64encode(some).decode()
