"""What the e2e ring needs: a cluster with containers, the installed operator, a browser."""
