module cityfabric.local/sandbox/images

go 1.26
