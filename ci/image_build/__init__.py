"""`ci/images`: container images from this repository, with buildah.

An image's tag is the hash of everything it is made from, so a change of code is a new tag and an
unchanged image is never built twice. Standard library only: it runs before `.venv` exists.
"""
