"""`python -m podlynx.cli`."""

from podlynx.cli import main

main()
