"""Tests in a real browser: Chromium, what it complained about, accessibility, page objects."""
