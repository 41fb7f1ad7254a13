"""`python -m podlynx`."""

from podlynx.cli import main

main()
