"""What the stacks build: components, and the model that they are built from."""
