"""The words of settings: the values that they may have, in the order in which they are offered, and what each means."""

from lossviz.counts.revision import POLICIES

MIXED = "utf-8 and cp1252"
# What the parts of a data set are called that a model is trained on, and the others.
TRAINED = {"train", "training", "trn"}
SPLITS = TRAINED | {"test", "testing", "tst", "val", "valid", "validation", "dev", "devel", "eval", "evaluation"}
SPLITS |= {"holdout", "public", "private", "publictest", "privatetest", "unlabeled", "extra"}
SPACES = r"\s+"
FIRST_WORD = "first word"
BRACKETS, TAGS = "[]", "<>"

UNICODE = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}
# The old encodings, those that most files of the world have first.
LEGACY = {
    "gb18030": "GB18030", "big5": "Big5", "cp932": "Shift-JIS", "euc_jp": "EUC-JP", "cp949": "EUC-KR",
    "cp1252": "Windows-1252", "cp1250": "Windows-1250", "cp1251": "Windows-1251", "koi8_r": "KOI8-R",
    "cp1253": "Windows-1253", "cp1254": "Windows-1254", "cp1255": "Windows-1255", "cp1256": "Windows-1256",
    "mac_roman": "Mac Roman", MIXED: "UTF-8 with single bytes of Windows-1252",
}  # fmt: skip
ENCODINGS = UNICODE | LEGACY | {"latin-1": "Latin-1"}
DELIMITERS = {
    ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", "::": "two colons", "\x01": "control A", "^": "caret",
    "~": "tilde", ": ": "colon", ":": "colon", SPACES: "spaces",
    FIRST_WORD: "the first space",
}  # fmt: skip
# In the order in which they are tried.
SEPARATORS = {
    "||": "two pipes", "|": "pipes", ";": "semicolons", ",": "commas", "/": "slashes",
    " + ": "spaced plus signs",
    " & ": "spaced ampersands", "+": "plus signs", "&": "ampersands", "#": "number signs", "~": "tildes",
    "^": "carets", " ": "spaces",
}  # fmt: skip
ENCLOSED = {BRACKETS: "brackets", TAGS: "tags"}
FIRST_ROWS = {True: "column names", False: "data"}
SHAPES = {
    "class": "one class per row",
    "onehot": "one 0/1 column per label",
    "list": "a list of labels per row",
    "tokens": "a tag for each token of a row",
    "counts": "one class and its count per row",
    "votes": "one column of votes per class",
    "scores": "one column of probabilities per class",
    "grouped": "several rows per sample",
    "majority": "several votes per sample",
    "folder": "a path whose folder is the class",
    "selected": "one column per option, its words where it was chosen",
}
UNITS = {
    "image": "an image",
    "box": "a box or mask",
    "pixel": "a pixel",
    "document": "a document",
    "span": "a span of text",
}
SPELLINGS = {"whole": "as whole numbers"}
ORDERS = {"sorted": "sorted", "appearance": "as they appear", "frequency": "most frequent first"}
POLICY_WORDS = dict(zip(POLICIES, ("left out", "negative", "positive"), strict=True))
FORMATS = {"libsvm": "LIBSVM"}
