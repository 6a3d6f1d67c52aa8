"""What can go wrong while bytes are received, with the status that tus 1.0.0 or HTTP has for it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from omero_plugin_common.errors import ApiError, Unavailable

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


class BadPath(ApiError):
    """A relative path that is not accepted."""

    status = 400
    code = "bad_path"


class BadHeader(ApiError):
    """A header that is missing or cannot be read."""

    status = 400
    code = "bad_header"


class WrongOffset(ApiError):
    """A chunk that does not begin where the stored file ends."""

    status = 409
    code = "wrong_offset"


class Gone(ApiError):
    """A file that is not received any more."""

    status = 410
    code = "gone"


class LengthMissing(ApiError):
    """A body whose length is not announced."""

    status = 411
    code = "length_required"


class WrongVersion(ApiError):
    """Another version of tus, or none."""

    status = 412
    code = "tus_version"

    def headers(self) -> dict[str, str]:
        """The versions that would work."""
        return {"Tus-Version": "1.0.0"}


class TooMuch(ApiError):
    """More bytes than were declared."""

    status = 413
    code = "too_large"


class WrongType(ApiError):
    """A body of another type than chunks have."""

    status = 415
    code = "unsupported_media_type"


class Busy(ApiError):
    """Another request receives the same file."""

    status = 423
    code = "locked"


class WrongChecksum(ApiError):
    """A chunk that is not what its sender has read; nothing of it is stored."""

    status = 460
    code = "checksum_mismatch"


class Incomplete(ApiError):
    """A body that ended, or stopped, before its announced length; what arrived is stored."""

    status = 503
    code = "incomplete"


class LeaseLost(ApiError):
    """The file is another request's by now, or the upload has ended."""

    status = 423
    code = "lease_lost"


class NoSpace(ApiError):
    """The staging volume is full."""

    status = 507
    code = "no_space"


class StagingProblem(ApiError):
    """What is in the staging folder is not what the platform has put there."""

    status = 409
    code = "staging"


def full() -> NoSpace:
    """The staging volume takes no more bytes."""
    return NoSpace(
        "The staging volume of this site is full; what arrived before is stored. Try again later, "
        "or contact the administrators of this site"
    )


def of_the_volume(error: OSError) -> ApiError:
    """What an error of the staging volume means to whoever sends."""
    if error.errno in _FULL:
        return full()
    return Unavailable(
        f"The staging volume does not accept the bytes: {os.strerror(error.errno or 0)}",
        advice="Try again later, or contact the administrators of this site",
        code="staging_away",
        retry_after=10,
    )


@contextmanager
def volume_errors() -> Iterator[None]:
    """Errors of the staging volume in the block are raised as those of the caller's answer.

    That something is missing is for the caller to judge.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise of_the_volume(error) from error
