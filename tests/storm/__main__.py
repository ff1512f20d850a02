"""`python -m tests.storm`: what `make storm` starts."""

import sys

from tests.storm import running

if __name__ == "__main__":  # each process of the storm imports this file again
    sys.exit(running.main())
