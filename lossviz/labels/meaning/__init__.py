"""Tables -> readings, ranked, asked about and counted."""
