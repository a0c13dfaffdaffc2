"""The parts of the page weights."""
