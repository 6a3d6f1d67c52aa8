"""Routes: decorators, forms, and one call of a service."""
