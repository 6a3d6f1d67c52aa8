"""What the plugin keeps in the plugin database: the only modules with SQL."""
