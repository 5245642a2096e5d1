"""The gradient check: what is checked, what reverse mode says beside the numeric witnesses, verdicts and reports.

What explains a gradient that is right stands in inspect, which is not known here. May import: all that stands below.
"""
