"""Pure builders from a specification to the manifests of a site."""
