"""A plugin of the tests: pages that the example plugin does not have."""
