"""`python -m omero_web_container`: how the image starts, without a script's shebang."""

from omero_web_container.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
