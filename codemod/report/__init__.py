"""Results to what people and machines read."""
