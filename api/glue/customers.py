"""Customers: `/customers/{reference}`."""

from rest_framework.request import Request
from rest_framework.response import Response

from api.glue import documents, errors
from api.glue.attributes import CustomerAttributes
from api.glue.base import GlueView
from api.glue.schema import describe, document, fields_of


class OneCustomer(GlueView):
    """Who asks."""

    @describe(
        "The customer who asks.",
        answers={200: document("customers", CustomerAttributes)},
        errors=(401, 403, 404),
        parameters=fields_of("customers"),
        name="getCustomer",
        tag="customers",
        needs_token=True,
    )
    def get(self, request: Request, reference: str) -> Response:
        """Return a customer of the login that asks."""
        wanted = [] if "\0" in reference else [reference]
        customer = self.login.customers.filter(reference__in=wanted).first()
        if customer is None:
            raise errors.customer_not_found()
        first, _space, last = customer.name.rpartition(" ")
        attributes = {
            "firstName": first,
            "lastName": last,
            "email": customer.email,
            "gender": None,
            "dateOfBirth": None,
            "salutation": None,
            "createdAt": None,
            "updatedAt": None,
        }
        asked = self.asked()
        path = ["customers", customer.reference]
        found = documents.resource(asked, "customers", customer.reference, attributes, path=path)
        return Response(documents.single(asked, found))
