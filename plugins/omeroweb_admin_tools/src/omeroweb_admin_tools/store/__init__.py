"""The plugin database. The only files with SQL."""
