"""Fit of dependence and withdrawal scores to the records of the trial with a buprenorphine taper."""
