"""The parts of the page precision."""
