"""Confirming that much is removed: by a word, and by the password if there is one."""

from __future__ import annotations

from omero_plugin_common.errors import BadRequest, Forbidden
from omero_plugin_common.omero_api.password import check_password


def check_confirmed(
    user_name: str, word: str, *, password: str, typed: str, has_password: bool = True
) -> None:
    """Let only a user who confirmed it do something. `js/confirm_removal.js` asks for both.

    Args:
        user_name: the user's login name.
        word: what has to be typed, such as `DELETE`.
        password: the user's.
        typed: what the user typed.
        has_password: whether the user has a password of OMERO, which somebody who comes by single
            sign-on has not: `not caller.by_another`. Then the word is enough.

    Raises:
        BadRequest: the word is not typed.
        Forbidden: the password is missing or wrong.
    """
    if typed != word:
        raise BadRequest(f"Type {word} to confirm", code="not_confirmed")
    if not has_password:
        return
    if not password:
        raise Forbidden("This needs your password", code="password_needed")
    check_password(user_name, password)
