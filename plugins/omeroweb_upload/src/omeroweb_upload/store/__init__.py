"""The tables of the plugin in the plugin database."""
