"""The preview: what a write would do, image by image."""

from omeroweb_omp_plugin.services.preview.answer import as_json, load
from omeroweb_omp_plugin.services.preview.carry_over import carried_over
from omeroweb_omp_plugin.services.preview.make import (
    change_values,
    check_images,
    make_preview,
    read_again,
)
from omeroweb_omp_plugin.services.preview.rows import Filter, Page, page, places
from omeroweb_omp_plugin.services.preview.tick import tick_images, tick_shown
from omeroweb_omp_plugin.services.preview.wanted import (
    barred_from,
    pairs_in,
    parser_for,
    places_of,
    wanted_of,
)

__all__ = [
    "Filter",
    "Page",
    "as_json",
    "barred_from",
    "carried_over",
    "change_values",
    "check_images",
    "load",
    "make_preview",
    "page",
    "pairs_in",
    "parser_for",
    "places",
    "places_of",
    "read_again",
    "tick_images",
    "tick_shown",
    "wanted_of",
]
