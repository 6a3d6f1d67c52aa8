"""Upload: files from the browser into OMERO."""
