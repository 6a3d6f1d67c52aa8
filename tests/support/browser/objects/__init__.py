"""Page objects: what a user sees on a page and does there, in the page's own words."""
