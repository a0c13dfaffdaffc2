"""The parts of the page labels."""
