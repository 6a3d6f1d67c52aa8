"""The one exception of the start-up."""


class CannotStart(Exception):
    """What is wrong, with which object, and what to do: the container's last words."""
