"""Bookings as calendar text: feeds and invitations (RFC 5545, 5546, 7986), pure, on the `icalendar` library.

Empty as yet: the layer has its place, so that what comes with feeds and invitations knows where to go.
"""
