"""`python -m omero_standin`."""

from omero_standin.program import main

if __name__ == "__main__":
    raise SystemExit(main())
