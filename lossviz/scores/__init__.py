"""Held-out scores: from a file to columns of numbers."""
