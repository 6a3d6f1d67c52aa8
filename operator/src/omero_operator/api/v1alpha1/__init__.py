"""Version v1alpha1 of the OmeroPlatform API."""
