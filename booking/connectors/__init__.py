"""Their calendars: what a remote calendar server can be asked, and how it fails.

Read `port.py` first. `memory.py` is the reference; each other folder speaks one protocol. A connector never
retries, sleeps, keeps state or touches our database: it answers, or raises `Definite` or `Ambiguous`.
"""
