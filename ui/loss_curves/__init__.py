"""The parts of the page loss curves."""
