"""How well forecasts of single persons do, on the records of a trial and on simulated persons."""
