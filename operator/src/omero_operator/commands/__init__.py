"""What `omero-operator` does when it is called: one module per command."""
