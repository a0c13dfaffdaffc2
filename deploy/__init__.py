"""What serves the app to others."""
