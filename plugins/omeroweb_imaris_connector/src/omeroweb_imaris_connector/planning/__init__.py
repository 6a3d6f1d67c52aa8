"""Pure: what an image is, names of files, ranges of bytes, states."""
