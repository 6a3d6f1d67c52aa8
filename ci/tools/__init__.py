"""The pinned programs that the checks and the local cluster are run with."""
