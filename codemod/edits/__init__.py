"""What is put into scripts, and taken out again."""
