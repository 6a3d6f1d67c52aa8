"""The test suites of other OMERO clients, run against the stand-in: see `ci/outside-suites`."""
