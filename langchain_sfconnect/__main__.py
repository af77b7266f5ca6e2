"""`sfconnect` and `python -m langchain_sfconnect`: starts the command line, or says what it needs."""

import sys


def main() -> None:
    """Run the command line."""
    from langchain_sfconnect.errors import MissingExtra

    try:
        from langchain_sfconnect.cli.app import app
    except ImportError:
        sys.exit(str(MissingExtra("The sfconnect command", "cli")))
    try:
        app()
    except MissingExtra as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
