"""Whether a filled database keeps the rules that the verbs keep; PostgreSQL keeps the others."""

from django.db import connection

# Each finds rows that break the rule.
RULES = {
    "a parcel's line counts the pieces in live returns": """
        SELECT 1 FROM orders_fulfillmentline f LEFT JOIN (
            SELECT l.fulfillment_line_id, sum(l.quantity) AS held
            FROM returns_returnline l JOIN returns_return r ON r.id = l.for_return_id
            WHERE r.status IN ('REQUESTED', 'OPEN', 'CLOSED') GROUP BY 1
        ) h ON h.fulfillment_line_id = f.id
        WHERE f.returning_quantity <> coalesce(h.held, 0)""",
    "a return counts what its lines say": """
        SELECT 1 FROM returns_return r JOIN (
            SELECT for_return_id, sum(quantity) AS total, sum(processed_quantity) AS processed,
                   sum(refunded_quantity) AS refunded
            FROM returns_returnline GROUP BY 1
        ) l ON l.for_return_id = r.id
        WHERE (r.total_quantity, r.processed_quantity, r.refunded_quantity)
              <> (l.total, l.processed, l.refunded)""",
    "a return has lines": """
        SELECT 1 FROM returns_return r
        WHERE NOT EXISTS (SELECT FROM returns_returnline l WHERE l.for_return_id = r.id)""",
    "a return counts what was disposed of": """
        SELECT 1 FROM returns_return r LEFT JOIN (
            SELECT w.for_return_id, sum(l.disposed_quantity) AS disposed
            FROM returns_reversefulfillment w
            JOIN returns_reversefulfillmentline l ON l.reverse_fulfillment_id = w.id GROUP BY 1
        ) d ON d.for_return_id = r.id
        WHERE r.disposed_quantity <> coalesce(d.disposed, 0)""",
    "a return counts what was paid back": """
        SELECT 1 FROM returns_return r LEFT JOIN (
            SELECT for_return_id, sum(amount) AS amount FROM returns_refund
            WHERE status <> 'FAILED' GROUP BY 1
        ) p ON p.for_return_id = r.id
        WHERE r.refunded_amount <> coalesce(p.amount, 0)""",
    "a payment counts what went back on it": """
        SELECT 1 FROM orders_payment p LEFT JOIN (
            SELECT payment_id, sum(amount) AS amount FROM returns_refundtransaction
            WHERE status <> 'FAILED' GROUP BY 1
        ) t ON t.payment_id = p.id
        WHERE p.refunded_amount <> coalesce(t.amount, 0)""",
    "an order counts its returns": """
        SELECT 1 FROM orders_order o LEFT JOIN (
            SELECT order_id, max(number) AS number, count(*) AS count
            FROM returns_return GROUP BY 1
        ) r ON r.order_id = o.id
        WHERE o.last_return_number <> coalesce(r.number, 0)
              OR o.last_return_number <> coalesce(r.count, 0)""",
    "the last event that changed the state led to it": """
        SELECT 1 FROM returns_return r WHERE r.status <> (
            SELECT e.to_status FROM returns_event e
            WHERE e.for_return_id = r.id AND e.to_status <> '' ORDER BY e.id DESC LIMIT 1)""",
    "approved returns, and no others, have work": """
        SELECT 1 FROM returns_return r
        WHERE (r.approved_at IS NOT NULL) <> EXISTS (
            SELECT FROM returns_reversefulfillment w WHERE w.for_return_id = r.id)""",
    "a refund's lines sum to its items": """
        SELECT 1 FROM returns_refund f JOIN (
            SELECT refund_id, sum(amount) AS amount FROM returns_refundline GROUP BY 1
        ) l ON l.refund_id = f.id WHERE l.amount <> f.items_amount""",
    "a return is found by its reference": """
        SELECT 1 FROM returns_return r
        WHERE NOT r.search @@ (quote_literal(lower(ltrim(r.reference, '#')))::tsquery)""",
}


def broken_rules() -> list[str]:
    """Return the rules that some rows break, each with the number of those rows."""
    broken = []
    with connection.cursor() as cursor:
        for rule, query in RULES.items():
            cursor.execute(f"SELECT count(*) FROM ({query}) AS found")  # noqa: S608
            count = cursor.fetchone()[0]
            if count:
                broken.append(f"{rule} ({count} rows)")
    return broken
