"""What a user can do with exports."""
