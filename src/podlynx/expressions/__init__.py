"""Expressions that people type: one Pratt parser core, and the grammars on top of it.

`parse_query` reads the event query of the Alerts page, `selector.parse_selector` the selector of a DeepPacketInspection.
Whatever cannot be understood is an `ExpressionError` with the span of the offending text.
"""
