"""For machines: what other programs ask for. Nothing is served here yet."""
