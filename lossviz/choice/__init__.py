"""The choice that every page follows, and where training begins under it."""
