"""``python -m fractbench``."""

from fractbench.cli import main

if __name__ == "__main__":
    main()
