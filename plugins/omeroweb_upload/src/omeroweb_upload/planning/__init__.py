"""What is decided before and after files move: pure, without OMERO, database or files."""
