"""The forms of the staff pages, one file per noun: what may be typed, and what it becomes."""
