"""Tables and arrays that are no text, a file per format."""
