"""The parts of the page scores."""
