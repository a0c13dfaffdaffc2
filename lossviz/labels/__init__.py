"""Label sources -> LabelCounts.

The way of the data: ``sources`` finds and unpacks files, ``opening`` makes of each by its kind in ``formats`` a
``tables.table.Table``, ``packages`` one of several, ``exports`` what annotation tools write, and ``naming`` gives ids
the names of a file beside them. ``meaning.ranking`` judges by the head of a table what its
columns may mean, ``meaning.counting`` counts that over all its batches, and ``meaning.questions`` says what must be
asked. ``reader`` is above all.
"""
