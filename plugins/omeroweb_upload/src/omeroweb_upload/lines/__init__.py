"""Which elements a spectrum shows: the lines of the elements, peaks, and what they mean."""
