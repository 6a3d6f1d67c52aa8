"""How many wrong passwords may be tried, in a way that locks nobody else out.

`limiter` has the rules, `buckets` counts, `known_browser` recognises a browser after a good login,
`ways_in` finds every login that OMERO.web makes, `middleware` answers with status 429.
"""
