"""A picture of a spectrum with its elements named."""
