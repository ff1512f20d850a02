"""For machines: what other programs ask for."""
