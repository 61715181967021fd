"""The Glue API: returns as Spryker's storefront API has them, under `/glue` (docs/glue.md).

errors, formats     what goes wrong, and how bodies are read and written
asking, documents   what a request asks for beside its path, and JSON:API documents
tokens, sign_in     access and refresh tokens
pieces, prices      the items of an order, one per piece
returns, orders, reasons, customers   the resources and their addresses
requesting          from a request's items to the verb, and its refusals back
schema, pages       the OpenAPI document, and the page for people
"""
