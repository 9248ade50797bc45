"""New districts, departments and tenants, written into a city's data, valid before anything is written."""
