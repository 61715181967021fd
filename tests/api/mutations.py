"""Mutations as programs about returns send them."""

_RETURN = (
    "return { id name status totalQuantity closedAt requestApprovedAt decline { reason note } }"
)
_ERRORS = "userErrors { field message code }"

CREATE = """
mutation ($input: ReturnInput!) {
  returnCreate(returnInput: $input) {
    return {
      id name status totalQuantity
      returnLineItems(first: 10) {
        nodes { id quantity processableQuantity returnReason returnReasonNote
          ... on ReturnLineItem {
            restockingFee { percentage amountSet { shopMoney { amount } } }
          }
        }
      }
      returnShippingFees { amountSet { shopMoney { amount currencyCode } } }
      reverseFulfillmentOrders(first: 5) {
        nodes { id status lineItems(first: 10) { nodes { id totalQuantity } } }
      }
      order { returnStatus }
    }
    userErrors { field message code }
  }
}
"""
REQUEST = f"""
mutation ($input: ReturnRequestInput!) {{
  returnRequest(input: $input) {{ {_RETURN} {_ERRORS} }}
}}
"""
APPROVE = f"""
mutation ($id: ID!) {{ returnApproveRequest(input: {{id: $id}}) {{ {_RETURN} {_ERRORS} }} }}
"""
DECLINE = f"""
mutation ($input: ReturnDeclineRequestInput!) {{
  returnDeclineRequest(input: $input) {{ {_RETURN} {_ERRORS} }}
}}
"""
CANCEL = f"mutation ($id: ID!) {{ returnCancel(id: $id) {{ {_RETURN} {_ERRORS} }} }}"
CLOSE = f"mutation ($id: ID!) {{ returnClose(id: $id) {{ {_RETURN} {_ERRORS} }} }}"
REOPEN = f"mutation ($id: ID!) {{ returnReopen(id: $id) {{ {_RETURN} {_ERRORS} }} }}"
REMOVE = f"""
mutation ($id: ID!, $lines: [ReturnLineItemRemoveFromReturnInput!]) {{
  removeFromReturn(returnId: $id, returnLineItems: $lines) {{ {_RETURN} {_ERRORS} }}
}}
"""
PROCESS = """
mutation ($input: ReturnProcessInput!) {
  returnProcess(input: $input) {
    return {
      id status closedAt
      returnLineItems(first: 10) {
        nodes { id processedQuantity unprocessedQuantity refundedQuantity }
      }
      refunds(first: 5) {
        nodes {
          id totalRefundedSet { shopMoney { amount } }
          transactions(first: 5) { nodes { id kind status amountSet { shopMoney { amount } } } }
        }
      }
    }
    userErrors { field message code }
  }
}
"""
REFUND = """
mutation ($input: ReturnRefundInput!) {
  returnRefund(returnRefundInput: $input) {
    refund { id totalRefundedSet { shopMoney { amount } } return { id } }
    userErrors { field message code }
  }
}
"""
DISPOSE = """
mutation ($inputs: [ReverseFulfillmentOrderDisposeInput!]!) {
  reverseFulfillmentOrderDispose(dispositionInputs: $inputs) {
    reverseFulfillmentOrderLineItems { id dispositions { type quantity location { id } } }
    userErrors { field message code }
  }
}
"""
DELIVER = """
mutation ($work: ID!, $lines: [ReverseDeliveryLineItemInput!]!,
          $tracking: ReverseDeliveryTrackingInput, $label: ReverseDeliveryLabelInput) {
  reverseDeliveryCreateWithShipping(reverseFulfillmentOrderId: $work,
      reverseDeliveryLineItems: $lines, trackingInput: $tracking, labelInput: $label,
      notifyCustomer: false) {
    reverseDelivery {
      id
      deliverable {
        ... on ReverseDeliveryShippingDeliverable {
          tracking { carrierName number url } label { publicFileUrl }
        }
      }
      reverseDeliveryLineItems(first: 10) {
        nodes { quantity reverseFulfillmentOrderLineItem { id } }
      }
    }
    userErrors { field message code }
  }
}
"""
UPDATE_DELIVERY = """
mutation ($id: ID!, $tracking: ReverseDeliveryTrackingInput) {
  reverseDeliveryShippingUpdate(reverseDeliveryId: $id, trackingInput: $tracking) {
    reverseDelivery {
      deliverable { ... on ReverseDeliveryShippingDeliverable { tracking { number } } }
    }
    userErrors { field message code }
  }
}
"""
