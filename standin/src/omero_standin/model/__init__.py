"""The object model: types, rows, who may see them, and how they become Ice objects."""
