"""Side by side with a peer or a bare reference, in one run, as ratios of medians.

``python -m benchmarks`` runs all of them, ``python -m benchmarks NAME…`` some; ``--output FILE`` writes the table as
Markdown. Seconds belong to the machine that measured them; ratios travel.
"""
