"""Kopf decorators: what wakes the operator and how the process lives."""
