"""Events, alerts and endpoints as typed models. Pure: no clock, no disk, no network.

`EngineEvent` is what the packet engine says; `EventDocument` is what is stored and shown; `AlertRow` is one line of the
Alerts page. Import from the modules themselves, so that the origin of a name shows where it is used.
"""
