"""Public pages. A view translates the request, makes one call into a room, renders the result."""
