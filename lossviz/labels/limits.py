"""How much of a source is looked at, held and unpacked: every bound of the label readers, each once.

None of them decides how a file is read. The first group is how much is judged and how much is held at a time; the
others are what a file of labels never reaches, and a bomb does.
"""

from __future__ import annotations

# The rows by which a table is judged: all of a short one, else its first and as many from all over the rest.
HEAD_CELLS = 100_000
FEWEST_HEAD_ROWS, MOST_HEAD_ROWS = 500, 10_000
HEAD_BYTES = 4 << 20
# What is read, cut and counted at a time: bytes of text or arrays, and cells of columns.
BLOCK = 2 << 20
CAREFUL_BLOCK = 1 << 20  # a cell takes fifty times its bytes on the way
BATCH_CELLS = 1 << 22
BATCH_RECORDS = 20_000
BATCH_ENTRIES, BATCH_BLOCKS = 1 << 19, 8  # of sparse rows, which say little or nothing

# Classes, and values that may still turn out to be classes.
MOST_CLASSES = 10_000
LONGEST_CLASS = 2_000
MOST_DISTINCT = 50 * MOST_CLASSES
MOST_PAIRS = 4_000_000  # labels of samples that stand on several rows, which are held until the last row

# Tables.
MOST_COLUMNS = 20_000
MOST_ATTRIBUTES = 100_000  # and keys, which a row need not say
MOST_IMPLIED = 1 << 24  # cells of a batch that sparse rows do not say, where a shape needs them all
LONGEST_LINE = 32 << 20
MOST_TITLES = 30
MOST_SHEET_CELLS = 2_000_000
MOST_HEAD_CHARACTERS = 256 << 20

# JSON other than a list, lines or an object of records, and what stands beside data, can only be read whole.
WHOLE_BYTES = 32 << 20
MOST_HELD = 400_000_000  # bytes that its values take

# Files, and archives of them. Beyond the first 64 MB no honest label file packs better than 300 times.
MOST_FILES = 20_000
MOST_PICTURES = 2_000_000  # of which only the names are looked at
MOST_INSIDE = 1 << 30
MOST_ARCHIVES = 200
FREE_BYTES = 64 << 20
MOST_RATIO = 300
MOST_ON_DISK = 2 << 30
# What a process that reads for another may take: bytes of memory, and seconds of processor time, and of those one more
# for so many bytes of the files themselves, which honest large ones take.
MOST_MEMORY = 900_000_000
MOST_SECONDS = 120
BYTES_A_SECOND = 4 << 20
# How many of them there are at a time, and how many seconds others wait for their turn.
MOST_READINGS = 4
LONGEST_WAIT = 60


def seconds_for(size: int) -> int:
    """How much processor time a process may take that reads files of so many bytes."""
    return MOST_SECONDS + size // BYTES_A_SECOND


def head_rows(columns: int) -> int:
    """How many first rows are enough to judge so many columns by."""
    return max(FEWEST_HEAD_ROWS, min(MOST_HEAD_ROWS, HEAD_CELLS // max(1, columns)))
