"""What the app is served with."""
