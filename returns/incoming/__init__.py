"""What shops tell by webhook, applied: orders, parcels, refunds, products, and personal data.

deliveries.py     one message: read, applied, or tried again    topics.py  what each topic does
told_refunds.py   money that the shop paid back itself          erasure.py a person is forgotten
personal_data.py  what is known of a person, to be handed over
"""
