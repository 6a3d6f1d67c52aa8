"""One real Kubernetes on this machine, made of plain processes (or of kind, where Docker works)."""
