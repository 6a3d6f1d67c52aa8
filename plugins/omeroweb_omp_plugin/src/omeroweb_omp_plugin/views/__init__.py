"""Requests: each view checks its body, calls one service and answers."""
