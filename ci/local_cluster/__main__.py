"""Lets ``python -m local_cluster`` do what ``ci/cluster`` does."""

import sys

from .cli import main

sys.exit(main())
