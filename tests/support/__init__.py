"""What tests stand on: throw-away databases, real processes, a real browser. Nothing here knows a booking."""
