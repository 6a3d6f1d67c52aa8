"""What one pass read from the cluster, as plain frozen data."""
