"""Pages for patrons: find a room, book it, look after the booking. One module per noun."""
