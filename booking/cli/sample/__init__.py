"""A sample library for `booking demo`: Wexcombe Libraries, in two time zones, with a week of bookings and meetings.

library    places, hours and rules        people     who signs in, who books
week       bookings around this week      exchange   mailboxes and meetings of the stand-in Exchange
pairing    the connection, and each space with its room
Everything goes through the same services as pages do, so the sample can be nothing that a library could not be.
"""
