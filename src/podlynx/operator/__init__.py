"""Reconciles the resources into the monitors, and writes their status.

Pure are `desired` (what should be there), `status` and `detection` (what is to be said), `groups` (whose names), `copies.plan`,
`admission`, `gaps`. `view` watches, `reconciler` and `statuses` write, `handover` ends what an earlier choice of groups began,
`operator` is the process.
"""
