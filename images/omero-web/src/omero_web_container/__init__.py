"""What runs in the image `omero-web`.

OMERO.web, the Celery worker, and the bootstrap of a new site.
"""
