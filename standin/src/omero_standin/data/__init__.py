"""What a stand-in starts with: a description of users, groups and data, and how it becomes rows."""
