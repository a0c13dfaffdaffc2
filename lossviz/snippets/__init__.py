"""What is on the screen, as code to paste."""
