// A whole return as a program drives it: asked for, approved, sent, received, paid back, closed, read.
// `ask(query, variables)` sends one request through the client that is tried and returns its `data`.

import assert from 'node:assert/strict';

const ERRORS = 'userErrors { field message code }';

const REQUEST = `
mutation Request($input: ReturnRequestInput!) {
  returnRequest(input: $input) { return { id name status } ${ERRORS} }
}`;

const APPROVE = `
mutation Approve($id: ID!) {
  returnApproveRequest(input: {id: $id}) {
    return {
      status
      returnLineItems(first: 10) { nodes { id quantity processableQuantity } }
      reverseFulfillmentOrders(first: 5) { nodes { id status lineItems(first: 10) { nodes { id } } } }
    }
    ${ERRORS}
  }
}`;

const DELIVER = `
mutation Deliver($work: ID!, $tracking: ReverseDeliveryTrackingInput) {
  reverseDeliveryCreateWithShipping(
    reverseFulfillmentOrderId: $work, reverseDeliveryLineItems: [], trackingInput: $tracking,
    notifyCustomer: false
  ) {
    reverseDelivery { id }
    ${ERRORS}
  }
}`;

const PROCESS = `
mutation Process($input: ReturnProcessInput!) {
  returnProcess(input: $input) { return { status } ${ERRORS} }
}`;

const REFUND = `
mutation Refund($input: ReturnRefundInput!) {
  returnRefund(returnRefundInput: $input) {
    refund { id totalRefundedSet { shopMoney { amount currencyCode } } return { id } }
    ${ERRORS}
  }
}`;

const CLOSE = `
mutation Close($id: ID!) { returnClose(id: $id) { return { status closedAt } ${ERRORS} } }`;

const READ = `
query Read($id: ID!) {
  return(id: $id) {
    name status closedAt totalQuantity
    order { returnStatus }
    returnLineItems(first: 10) {
      nodes { quantity processedQuantity unprocessedQuantity refundedQuantity }
    }
    reverseFulfillmentOrders(first: 5) {
      nodes {
        reverseDeliveries(first: 5) {
          nodes {
            deliverable { ... on ReverseDeliveryShippingDeliverable { tracking { number } } }
          }
        }
      }
    }
    refunds(first: 5) { nodes { id totalRefundedSet { shopMoney { amount } } } }
  }
}`;

/** Do a mutation that has to go well; return what it answers. */
async function act(ask, mutation, variables) {
  const [answer] = Object.values(await ask(mutation, variables));
  assert.deepEqual(answer.userErrors, []);
  return answer;
}

/** Drive a return of two pieces of one line. sold: {fulfillmentLine, payment, location, amount}. */
export async function wholeReturn(ask, sold) {
  const wish = {
    fulfillmentLineItemId: sold.fulfillmentLine,
    quantity: 2,
    returnReason: 'DEFECTIVE',
    customerNote: 'Loose seam',
  };
  const input = { orderId: sold.order, returnLineItems: [wish] };
  const asked = (await act(ask, REQUEST, { input })).return;
  assert.equal(asked.status, 'REQUESTED');

  const open = (await act(ask, APPROVE, { id: asked.id })).return;
  const [line] = open.returnLineItems.nodes;
  const [work] = open.reverseFulfillmentOrders.nodes;
  assert.deepEqual(
    [open.status, line.quantity, line.processableQuantity, work.status],
    ['OPEN', 2, 2, 'OPEN'],
  );

  await act(ask, DELIVER, { work: work.id, tracking: { number: '1Z999AA10123456784' } });
  const done = await act(ask, PROCESS, {
    input: { returnId: asked.id, returnLineItems: [{ id: line.id, quantity: 2 }] },
  });
  assert.equal(done.return.status, 'OPEN');

  const paid = await act(ask, REFUND, {
    input: {
      returnId: asked.id,
      returnRefundLineItems: [{ returnLineItemId: line.id, quantity: 2 }],
      orderTransactions: [
        { parentId: sold.payment, transactionAmount: { amount: sold.amount, currencyCode: 'EUR' } },
      ],
    },
  });
  assert.equal(paid.refund.return.id, asked.id);

  const closed = (await act(ask, CLOSE, { id: asked.id })).return;
  assert.equal(closed.status, 'CLOSED');
  return (await ask(READ, { id: asked.id })).return;
}

export const UNKNOWN_FIELD = '{ shop { colour } }';
