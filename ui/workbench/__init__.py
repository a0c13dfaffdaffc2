"""The parts of the page workbench."""
