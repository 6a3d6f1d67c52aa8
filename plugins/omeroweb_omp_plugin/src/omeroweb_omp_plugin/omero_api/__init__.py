"""What the plugin asks of OMERO and writes there. No other module of it imports omero."""
