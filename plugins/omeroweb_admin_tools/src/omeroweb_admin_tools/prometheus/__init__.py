"""Prometheus, asked over HTTP."""
