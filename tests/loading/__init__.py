"""What the function of the third edit does, with the real torch and transformers."""
