"""The EU withdrawal function: a statement is taken, confirmed, and opens the return of the goods.

`docs/withdrawal.md` says which paragraph of the law is met where.
"""
