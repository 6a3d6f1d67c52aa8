"""What the objects of a site say, in words and numbers for a page."""
