"""The log store of a site, asked over HTTP."""
