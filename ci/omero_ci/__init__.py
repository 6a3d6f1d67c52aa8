"""What the scripts in `ci/` share: where things are, and how a step is printed.

Standard library only: these modules run before `.venv` exists.
"""
