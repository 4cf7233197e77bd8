"""What `main` is made of."""
