"""Losses: one file each, with the function, the Module, its knobs, formula and source."""
