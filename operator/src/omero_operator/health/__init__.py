"""Pure functions from observed state to conditions."""
