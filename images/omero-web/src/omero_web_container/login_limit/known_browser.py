"""A browser that has logged in before: a signed cookie says to which accounts.

Somebody who tries passwords for an account has no such cookie for it, so the limit on the account
does not hold its owner up (a "device cookie", as OWASP calls it). The cookie lets nobody in: it
only chooses which tries are counted. It names accounts by their hash, and works with the secret key
of this site alone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core import signing

from omero_web_container.login_limit.limiter import account_key

COOKIE: Final = "known_browser"
DAYS: Final = 180
# People share the computer of a microscope.
_MOST_ACCOUNTS: Final = 20
_SALT: Final = "omero_web_container.login_limit"


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser.

    Attributes:
        id: random.
        accounts: those that have logged in, the latest last.
    """

    id: str
    accounts: tuple[str, ...] = ()

    def id_for(self, name: str) -> str | None:
        """Its id if this account has logged in there."""
        return self.id if account_key(name) in self.accounts else None

    def after_login(self, name: str) -> Browser:
        """The same, with this account."""
        own = account_key(name)
        others = tuple(account for account in self.accounts if account != own)
        return Browser(self.id, (*others, own)[-_MOST_ACCOUNTS:])


def read(request: Any) -> Browser:
    """The browser of a request; a new one without a cookie of ours."""
    try:
        content = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=DAYS * 24 * 3600
        )
    except signing.BadSignature:
        return Browser(secrets.token_hex(8))
    return Browser(content["id"], tuple(content["accounts"]))


def write(response: Any, browser: Browser) -> None:
    """Give a browser its cookie."""
    content = {"id": browser.id, "accounts": list(browser.accounts)}
    response.set_cookie(
        COOKIE,
        signing.dumps(content, salt=_SALT),
        max_age=DAYS * 24 * 3600,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
