"""The API server of the cluster, asked over HTTP."""
