"""The public contract: models of the custom resource, its rules and its CRD."""
