"""The plugin's jobs, and its work that comes back: importing this package declares them."""
