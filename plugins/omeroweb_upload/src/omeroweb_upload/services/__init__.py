"""What the plugin does, in plain Python."""
