"""Label sources -> LabelCounts.

The way of the data: ``files`` finds and unpacks what a source holds, ``families`` opens each file by its kind and
``packages`` several, small tables as cells and large ones as a stream. ``judging`` ranks what columns may mean,
``shapes`` counts a table and ``large`` a stream under one meaning, and ``questions`` says what must be asked.
"""
