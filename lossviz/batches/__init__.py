"""What batches do to weights: the weighted mean, effective weight, accumulation."""
