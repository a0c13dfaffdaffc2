"""Losses over logits: curves, optimum, gradient budget, stability."""
