"""How much one request may bring: a selection of a thousand images, whatever is done with it.

OMERO.web puts the ids of what is selected into an address (right-hand panel, scripts, downloads,
*Open with*) or into a form, one field each, with tags, files or a few words beside them.
"""

from typing import Final

SELECTION: Final = 1000
# `image=123456789&` are 16 bytes; the longest word, `acquisition`, makes it 22; and the address of
# the login page, where it is quoted, a fifth more. What is before gunicorn has to take as much.
ADDRESS_BYTES: Final = 32 * 1024
# Django's own are 1 000 fields and 2.5 MB. Ten thousand fields take Django 30 ms; a figure of a
# thousand panels, which OMERO.figure saves as one field, is 2.7 MB without shapes.
FORM_FIELDS: Final = 10_000
FORM_BYTES: Final = 16 * 1024 * 1024
