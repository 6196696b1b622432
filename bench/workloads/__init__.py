"""What is timed: three small models whose answers are known, and the program's own kratom model."""
