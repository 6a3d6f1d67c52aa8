"""Names, labels and kinds: how a child of a platform is recognised."""
