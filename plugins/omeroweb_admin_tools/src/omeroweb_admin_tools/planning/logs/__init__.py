"""Questions to a log store and what is made of its answers, without any server."""
