"""Rules on top of a store's policy: what one may say, and what they decide. No queries.

schema.py      conditions and settings, and rules as plain data
evaluation.py  which rule decides what for a line, and why
comparison.py  what differs between two versions
files.py       policies as YAML
coverage.py    whether rules together hold wherever another one does
findings.py    rules that contradict each other or can never decide
"""
