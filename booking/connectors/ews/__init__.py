"""Exchange Web Services, as Exchange Server 2010 to SE speak them (2007 SP1 by the book).

`connector.py` is the port. Below it: `client.py` asks the server through exchangelib (`session.py`, `services.py`,
`items.py`, `failures.py` hold what that takes), `transport.py` is the wire with its guards, `wire.py` the XML as
plain values, `mapping.py`, `series.py` and `faults.py` put them into our words. `bodies.py` are the requests that we
write ourselves, `listing.py` and `folders.py` what a server lists, `watching.py`, `streams.py` and `notices.py` how it
tells by itself that something happened. `dial.py`, `address.py`, `proxy.py`, `checks.py`, `check_places.py` and
`trial.py` get us connected, and say why not; `offers.py` and `ntlm.py` sign in; `versions.py` knows which EWS a server
speaks; `autodiscover.py` finds a server from an address.
"""
