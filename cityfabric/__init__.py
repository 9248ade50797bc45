"""The console script: thin commands that call the packages. Nobody imports it."""
