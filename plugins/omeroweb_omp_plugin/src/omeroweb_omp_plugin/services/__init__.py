"""Use cases: plain Python over parsing, planning, OMERO, the database and language models."""
