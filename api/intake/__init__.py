"""Orders by PUT: our own JSON, one or many (docs/api-orders.md).

views.py   the addresses       problems.py  what is wrong, as RFC 9457 has it
tokens.py  who asks            fields.py    the format, as OpenAPI has it
"""
