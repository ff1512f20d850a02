"""Our database: all SQL there is.

`database.py` opens it, `models/` says what is stored, `queries/` reads. Two ways in: `reading()` for pages,
`transaction()` for changes. The database itself refuses double bookings; `database.py` turns that into `Taken`.
"""
