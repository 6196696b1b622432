"""The monitor in a browser: pages from the server that work without scripts and ask nobody else."""
