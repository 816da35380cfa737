"""`python -m optimizer` is the command line."""

import sys

from optimizer.cli import main

if __name__ == "__main__":
    sys.exit(main())
