"""`python -m omero_standin.through_api`."""

from omero_standin.through_api.program import main

if __name__ == "__main__":
    raise SystemExit(main())
