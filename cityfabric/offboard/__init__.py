"""A tenant leaves: suspended, exported, held, erased with an approval; each step is written into the city's data."""
