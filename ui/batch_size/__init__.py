"""The parts of the page batch size."""
