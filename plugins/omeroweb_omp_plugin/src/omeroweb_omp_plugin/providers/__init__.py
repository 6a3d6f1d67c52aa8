"""The site's language models over HTTP: who may be asked, in which format, and how."""
