"""The digests by which the chart pins images of others."""
