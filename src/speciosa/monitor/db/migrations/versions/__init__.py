"""The steps; the number is the revision. Clinical tables only gain columns that may be empty."""
