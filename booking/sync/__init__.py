"""Keeping bookings and calendars in step, both ways. The rules and their reasons are in `docs/architecture.md`.

`front` is all that edges call. `worker` writes what bookings want (`push` holds its steps), `pull` reads what
stands there (`judging` decides what an item is, `applying` takes it in). `calls` is the only way to a server:
one sign-in, a breaker, a pause when throttled. `links`, `connections` and `imports` are for staff, `status` is
what they see. State lives in our rows only, so that whatever crashes, the next sweep goes on from there.
"""
