"""LabelCounts: what weights are made from."""
