"""The parts of the page weighted mean."""
