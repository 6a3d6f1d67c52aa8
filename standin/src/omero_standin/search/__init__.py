"""Full-text search: what a row's text is, and Lucene's query language over it."""
