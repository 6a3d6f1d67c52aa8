"""Pure: names, fingerprints, states."""
