"""Label sources -> LabelCounts; one file per family of sources."""
