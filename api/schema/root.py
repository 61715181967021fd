"""The schema, put together from its parts."""

import strawberry
from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLNonNull,
    GraphQLSchema,
    print_schema,
)
from graphql.type import GraphQLString
from strawberry.schema.config import StrawberryConfig

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

# What runs, without the steps that strawberry puts around it.
SCHEMA: GraphQLSchema = _DECLARED._schema
SCHEMA.directives = (
    *SCHEMA.directives,
    GraphQLDirective(
        "idempotent",
        [DirectiveLocation.FIELD],
        args={"key": GraphQLArgument(GraphQLNonNull(GraphQLString), description="Chosen freely.")},
        description="Do a mutation once, however often it is sent with this key.",
    ),
)


def sdl() -> str:
    """Return the schema as text."""
    return f"{print_schema(SCHEMA).strip()}\n"
