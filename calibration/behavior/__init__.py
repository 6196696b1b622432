"""What people in the trials did besides being scored: leaving, coming to visits, using, missing doses."""
