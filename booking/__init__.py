"""Booking: rooms on the web, in step with their Exchange mailboxes.

`docs/architecture.md` is the map: layers are folders, nouns are file names.
"""
