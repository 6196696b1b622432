"""Steps from one version of the tables to the next. A step is never changed once it has been used."""
