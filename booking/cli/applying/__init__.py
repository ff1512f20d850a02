"""`booking apply`: one file says how places, hours, connections and pairings should be.

`lines` knows where in the text each key stands. `tables` reads a table by its `keys`, `words` and `hours` its values,
`reading` the whole; what it found is in `said`, and what is wrong in `mistakes`. Up to there nothing else is asked.

`whole` then takes a file through the database in one transaction. `working` has the services do each step and
compares before with after: what differs is the `plan`. `places` (with `stored`), `weeks`, `profiles`, `servers` (with
`secrets`) and `rooms` are the nouns of that, and `rest` is what the file does not name. `carrying` does what asks a
server, after that transaction; `showing` has the words.
"""
