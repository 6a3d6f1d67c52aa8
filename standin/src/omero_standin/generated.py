"""OMERO's generated classes in the one order that works: before `Glacier2` and `Ice`.

Imported the other way round, omero-py defines Glacier2's exceptions a second time, and then no
`except` knows them.
"""

import omero.clients  # noqa: F401 - for its effect
