"""What pages share: who is asking and whether they may, errors in words, forms, filters, headers.

`wiring` is the only home of the application that answers; `identity.needs` stands on every view.
"""
