"""Queries as programs about returns send them."""

RETURN = """
query Whole($id: ID!) {
  return(id: $id) {
    id name status createdAt requestApprovedAt closedAt totalQuantity
    decline { reason note }
    staffMember { id }
    order {
      id name email currencyCode returnStatus
      totalPriceSet { shopMoney { amount currencyCode } }
    }
    returnLineItems(first: 50) {
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { id quantity } }
      nodes {
        id quantity processableQuantity processedQuantity unprocessedQuantity
        refundableQuantity refundedQuantity
        returnReason returnReasonNote customerNote
        returnReasonDefinition { id handle name }
        ... on ReturnLineItem {
          fulfillmentLineItem { id lineItem { id title sku quantity } }
          restockingFee { id percentage amountSet { shopMoney { amount } } }
          withCodeDiscountedTotalPriceSet { shopMoney { amount currencyCode } }
        }
      }
    }
    exchangeLineItems(first: 10) { nodes { id quantity title variantSku lineItems { id } } }
    returnShippingFees { id amountSet { shopMoney { amount } } }
    refunds(first: 10) { nodes { id totalRefundedSet { shopMoney { amount } } } }
    transactions(first: 10) { nodes { id kind status } }
    reverseFulfillmentOrders(first: 10) {
      nodes {
        id status order { id }
        lineItems(first: 50) {
          nodes {
            id totalQuantity
            fulfillmentLineItem { id }
            dispositions { id type quantity location { id name } }
          }
        }
        reverseDeliveries(first: 10) {
          nodes {
            id
            deliverable {
              ... on ReverseDeliveryShippingDeliverable {
                tracking { carrierName number url }
                label { publicFileUrl createdAt updatedAt }
              }
            }
            reverseDeliveryLineItems(first: 50) {
              nodes { id quantity reverseFulfillmentOrderLineItem { id } }
            }
          }
        }
      }
    }
  }
}
"""

LIST = """
query Orders($query: String) {
  orders(first: 50, query: $query) {
    nodes {
      id name returnStatus
      returns(first: 10) {
        nodes {
          id name status totalQuantity
          returnLineItems(first: 10) {
            nodes {
              id quantity returnReason
              ... on ReturnLineItem { fulfillmentLineItem { id lineItem { id title sku } } }
            }
          }
        }
      }
    }
  }
}
"""
