"""Figures that follow knobs while a hand moves them."""
