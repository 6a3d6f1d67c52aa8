"""What administrators do: plain functions."""
