"""What a calendar means: zones, repeating items as dates, and what stands in a stretch of time."""
