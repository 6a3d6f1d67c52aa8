"""What rows cannot hold: contents of files, pixels, tables, on disk and within bounds."""
