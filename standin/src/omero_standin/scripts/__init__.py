"""Scripts: the official ones on disk, and the processor that runs scripts as child processes."""
