"""Labels that need no file: examples, made to order, in a link."""
