"""Rules that act without a person.

facts.py        what is known about a return          conditions.py  what may be asked of it
actions.py      what a rule can do                    rules.py       saving, switching on and off
running.py      after an event                        timing.py      when a moment has come
preview.py      against the last 90 days              ready_made.py  rules to switch on
troubles.py     a rule that fails stops itself
"""
