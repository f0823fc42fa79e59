"""`python -m alprmap` is the command line."""

from alprmap.cli import main

if __name__ == "__main__":
    main()
