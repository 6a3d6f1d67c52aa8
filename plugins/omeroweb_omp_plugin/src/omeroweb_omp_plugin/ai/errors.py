"""What can go wrong with a provider, in the words of the user who waits for its answer.

No message holds a key. What a provider says is shortened, and a key that it repeats is taken out.
"""

from __future__ import annotations

from typing import ClassVar

from omero_plugin_common.errors import ApiError


class AiError(ApiError):
    """A provider did not give what was asked for."""

    status = 502
    code = "ai_failed"
    # Whether the same question may be answered after a while.
    passes: ClassVar[bool] = False


class AiOff(AiError):
    """The site has no such provider."""

    status = 404
    code = "ai_off"


class KeyMissing(AiError):
    """The user has stored no key for the provider."""

    status = 409
    code = "ai_key_missing"


class KeyRefused(AiError):
    """The provider does not take the key."""

    status = 409
    code = "ai_key_refused"


class NoCredit(AiError):
    """The account behind the key is used up."""

    status = 409
    code = "ai_no_credit"


class ModelUnknown(AiError):
    """The provider has no such model, or the site does not allow it."""

    status = 409
    code = "ai_model_unknown"


class Refused(AiError):
    """The provider does not accept the question."""

    code = "ai_refused"


class Declined(AiError):
    """The model does not want to answer."""

    code = "ai_declined"


class Busy(AiError):
    """Too many questions in a short time, by the provider's count."""

    status = 503
    code = "ai_busy"
    passes = True


class Away(AiError):
    """The provider cannot be reached or has a fault."""

    status = 503
    code = "ai_away"
    passes = True


class TimedOut(AiError):
    """No complete answer in time."""

    status = 503
    code = "ai_timeout"
    passes = True


class Malformed(AiError):
    """An answer that is not of the provider's format, or not what was asked for."""

    code = "ai_malformed"


class Cut(AiError):
    """The answer ends in the middle: the model had no room for more."""

    code = "ai_cut"


class TooLarge(AiError):
    """An answer of a size that no honest one has."""

    code = "ai_too_large"


class Redirected(AiError):
    """The provider sends the question, and with it the key, to another address."""

    code = "ai_redirected"
