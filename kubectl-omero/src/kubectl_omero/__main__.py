"""`python -m kubectl_omero`."""

import sys

from kubectl_omero.cli import main

sys.exit(main())
