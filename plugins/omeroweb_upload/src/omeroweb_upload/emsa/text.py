"""The lines of a file, in whatever encoding it was written."""

from __future__ import annotations

import codecs
import re
from typing import Final

from omeroweb_upload.emsa.errors import EmsaError

# A spectrum of 4096 channels has some 100 KB; nobody waits for more than this.
MAX_BYTES: Final = 32 * 1024 * 1024

# Tab, line feed, vertical tab, form feed, carriage return, and the end of file of MS-DOS are text.
_NOT_TEXT: Final = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")
_MARKS: Final = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def lines(content: bytes) -> list[str]:
    """The lines of a file without their ends: UTF-8, UTF-16 with a mark, else Latin-1.

    Raises:
        EmsaError: it is empty, larger than 32 MB, or no text.
    """
    if len(content) > MAX_BYTES:
        raise EmsaError(1, f"the file has more than {MAX_BYTES // 1024**2} MB")
    found = re.split("\r\n|\r|\n", _decoded(content))
    for number, line in enumerate(found, 1):
        if unprintable := _NOT_TEXT.search(line):
            code = ord(unprintable.group())
            raise EmsaError(number, f"the file is no text: it contains the character {code}")
    # Editors of MS-DOS end a file with Ctrl-Z.
    found = [line.rstrip("\x1a\t \x0b\x0c") for line in found]
    if not any(found):
        raise EmsaError(1, "the file is empty")
    return found


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                raise EmsaError(1, "the file begins as UTF-16 text and is not") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Latin-1 was the standard's time: `#TITLE: Präparat 3 µm`.
        return content.decode("latin-1")
