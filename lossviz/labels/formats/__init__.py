"""Bytes -> what they hold, one file per format."""
