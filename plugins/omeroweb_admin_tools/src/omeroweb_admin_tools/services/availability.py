"""What to say of a server that gives no answer: why, and since when."""

from __future__ import annotations

from omeroweb_admin_tools.store import unavailable_since


def no_answer(server: str, name: str, why: str) -> str:
    """The words of it; they are remembered until it answers.

    Args:
        server: for programs.
        name: for people, at the beginning of a sentence.
        why: what happened this time.
    """
    since = unavailable_since.failed(server)
    moment = f" since {since[:16].replace('T', ' ')} UTC" if since else ""
    return f"{name} gives no answer{moment}: {why}"


def whole_answer(server: str) -> None:
    """It answers."""
    unavailable_since.answered(server)
