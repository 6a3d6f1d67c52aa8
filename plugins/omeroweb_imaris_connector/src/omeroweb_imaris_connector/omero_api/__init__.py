"""Images, their pixels and attachments in OMERO."""
