"""Stand-ins for the calendar systems of others: for `booking demo`, and for tests without a real server.

A stand-in shares no line with the product, so that it cannot repeat the product's mistakes.
"""
