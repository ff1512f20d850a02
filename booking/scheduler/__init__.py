"""What runs by itself: one table of tasks (`tasks.py`), and who runs them (`embedded.py`: threads of this process)."""
