"""The monitor in a browser: server-rendered pages that work without scripts and ask nobody else for anything."""
