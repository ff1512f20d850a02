"""Exchange Web Services, as Exchange Server 2013 to SE speak them.

`connector.py` is the port. Below it: `client.py` asks the server through exchangelib (`session.py`, `services.py`,
`items.py`, `failures.py` hold what that takes), `transport.py` is the wire with its guards, `wire.py` the XML as
plain values, `mapping.py`, `series.py` and `faults.py` put them into our words. `dial.py`, `address.py` and
`checks.py` get us connected, and say why not.
"""
