"""LabelCounts -> pos_weight and class weights."""
