"""Telling people: plain messages about their booking, each sent once.

A service queues a message in the transaction of what it tells of (`services.outbox`), so none is lost and none
is sent for a booking that was rolled back. `worker` claims the next one, `messages` words it as things stand
now, and `smtp` hands it to the mail server, or lays it into a folder where there is none.
"""
