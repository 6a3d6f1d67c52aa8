"""The volume of exports: where files are written, offered and deleted."""
