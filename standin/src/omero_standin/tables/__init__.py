"""OMERO.tables: columns, rows, conditions, and the file that keeps them."""
