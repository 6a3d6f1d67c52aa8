"""What is asked of OMERO. The only files with HQL."""
