"""The schema of the Admin API, put together from its parts."""

import strawberry
from graphql import GraphQLSchema, print_schema
from strawberry.schema.config import StrawberryConfig

from api.engine.schemas import ready
from api.schema.calculated import CalculatedReturnShippingFee
from api.schema.mutations.root import Mutation
from api.schema.query import QueryRoot
from api.schema.return_lines import ReturnLineItem, UnverifiedReturnLineItem
from api.schema.scalars import SCALARS
from api.schema.store_credit import (
    StoreCreditAccountCreditTransaction,
    StoreCreditAccountDebitRevertTransaction,
    StoreCreditAccountDebitTransaction,
    StoreCreditAccountExpirationTransaction,
)

_DECLARED = strawberry.Schema(
    query=QueryRoot,
    mutation=Mutation,
    types=[
        CalculatedReturnShippingFee,
        ReturnLineItem,
        UnverifiedReturnLineItem,
        StoreCreditAccountCreditTransaction,
        StoreCreditAccountDebitTransaction,
        StoreCreditAccountDebitRevertTransaction,
        StoreCreditAccountExpirationTransaction,
    ],
    config=StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS),
)

SCHEMA: GraphQLSchema = ready(_DECLARED)


def sdl() -> str:
    """Return the schema as text."""
    return f"{print_schema(SCHEMA).strip()}\n"
