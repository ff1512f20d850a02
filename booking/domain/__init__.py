"""The rules: values and functions, nothing else.

No database, no clock, no web: what a rule needs, it is given. So every rule is tested in microseconds
and means the same to a page, a job, an import and a sync.
"""
