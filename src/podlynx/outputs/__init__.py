"""What an event looks like to other programs: Snort's lines, EVE, ECS, pcapng. Pure but for `rotated`: events in, bytes out.

Import from the modules themselves, so that the origin of a name shows where it is used.
"""
