"""Releases and operations: what moves a site in ordered steps. Pure, between desired and health."""
