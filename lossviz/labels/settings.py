"""What a person may say of a label source: every setting once, with its type, its words and what a page calls it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar, get_args

from lossviz.labels.values import (
    Check,
    a_column,
    a_level,
    a_mark,
    a_number_of_outputs,
    a_share,
    a_text,
    a_unit,
    a_value,
    a_word,
    an_encoding,
    an_order,
    class_text,
    nearest,
    plain,
    shown,
    some_columns,
)
from lossviz.labels.words import (
    DELIMITERS,
    ENCLOSED,
    ENCODINGS,
    FIRST_ROWS,
    FORMATS,
    ORDERS,
    POLICY_WORDS,
    SEPARATORS,
    SHAPES,
    SPELLINGS,
    UNITS,
)


class Unsaid(Enum):
    """The value of a setting of which nothing is said; None is an answer to some."""

    UNSAID = "unsaid"


UNSAID: Literal[Unsaid.UNSAID] = Unsaid.UNSAID
T = TypeVar("T")
Said: TypeAlias = T | Literal[Unsaid.UNSAID] | None


@dataclass(frozen=True)
class Setting:
    """How one setting is checked, and what a page shows of it.

    Attributes
    ----------
    title : str
        What a page calls it.
    check : function
        Gives its value as readings have it, or raises ValueError.
    words : mapping
        Values with words of their own; those that a page offers unasked where `offered`.
    none : str
        What None says; where that is blank None says nothing.
    said : str
        The words of any other value, ``{}`` in its place.
    question : str
        What is asked where readings differ in it.
    files : tuple of str
        The kinds of files that have it, where it is one of the table and not of the labels in it; none for all sources.
    """

    title: str
    check: Check
    words: Mapping[Any, str] = field(default_factory=dict)
    none: str = ""
    said: str = "{}"
    question: str = ""
    files: tuple[str, ...] | None = None
    offered: bool = False

    def checked(self, name: str, value: Any) -> Any:
        """A value as readings have it; ValueError in one sentence if it cannot be."""
        if value is UNSAID or (value is None and not self.none):
            return UNSAID
        single = plain(value)
        return None if single is None else self.check(name, single, self.words)

    def spelled(self, value: Any) -> str:
        """A value in words."""
        if value is None:
            return self.none or "as found"
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value[:6])) + (f" and {len(value) - 6:,} more" if len(value) > 6 else "")
        return self.words.get(value) or self.said.format(f"{value:,}" if isinstance(value, int) else value)


ANY_FILE = ("any",)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Settings(Mapping[str, Any]):
    """What is said of a source, a field per setting, and a mapping of those of which something is said.

    Raises
    ------
    ValueError
        If a value is none that the setting may have.

    Examples
    --------
    >>> settings = Settings(column="label", header=True)
    >>> settings, settings | {"left_out": -1}
    (Settings(header=True, column='label'), Settings(header=True, column='label', left_out='-1'))
    >>> Settings.of({"separater": ","})
    Traceback (most recent call last):
        ...
    ValueError: There is no setting 'separater'; did you mean 'separator'?
    """

    # fmt: off
    file: Annotated[Said[str], Setting(
        "File", a_text, none="all of them, one after the other", files=ANY_FILE,
    )] = UNSAID
    array: Annotated[Said[str], Setting("Array", a_text, files=("npz", "matlab", "hdf5"))] = UNSAID
    sheet: Annotated[Said[str], Setting("Sheet", a_text, files=("workbook",))] = UNSAID
    table: Annotated[Said[str], Setting("Table", a_text, files=("sqlite",))] = UNSAID
    list: Annotated[Said[str], Setting("List", a_text, files=("json", "toml"))] = UNSAID
    encoding: Annotated[Said[str], Setting(
        "Encoding", an_encoding, ENCODINGS, files=("text",), offered=True,
        question="Which encoding makes the names legible?",
    )] = UNSAID
    delimiter: Annotated[Said[str], Setting("Delimiter", a_mark, DELIMITERS, files=("text",), offered=True)] = UNSAID
    header: Annotated[Said[bool], Setting(
        "First row", a_word, FIRST_ROWS, files=("text", "workbook"), offered=True,
        question="Does the first row name the columns?",
    )] = UNSAID
    split: Annotated[Said[str], Setting(
        "Rows", a_value, none="all of them", said="those of {}",
        question="Which rows count: all of them, or those of one split, such as the model is trained on?",
    )] = UNSAID
    shape: Annotated[Said[str], Setting("Shape", a_word, SHAPES)] = UNSAID
    column: Annotated[Said[str], Setting("Label column", a_column)] = UNSAID
    columns: Annotated[Said[tuple[str, ...]], Setting("Label columns", some_columns)] = UNSAID
    counts: Annotated[Said[str], Setting(
        "Column of counts", a_column,
        question="Which column holds the counts?",
    )] = UNSAID
    group_by: Annotated[Said[str], Setting(
        "One sample is", a_column, none="a row", said="all rows of one {}",
        question="What is one sample: a row, or all rows of one name?",
    )] = UNSAID
    present: Annotated[Said[str], Setting(
        "Column that confirms", a_column, none="none: every row is positive",
        question="Are all rows of a label positive, or only those that say so?",
    )] = UNSAID
    unit: Annotated[Said[str], Setting("One sample is", a_unit, UNITS)] = UNSAID
    separator: Annotated[Said[str], Setting(
        "Separator", a_mark, SEPARATORS | ENCLOSED, none="no list", offered=True,
        question="Does a cell hold a list of labels, and what separates them?",
    )] = UNSAID
    empty: Annotated[Said[str], Setting(
        "Label for none", a_value, none="every label is a class", said="{} says that there is none",
        question="Is the label that says that there is none a class, or an empty list?",
    )] = UNSAID
    missing: Annotated[Said[str], Setting(
        "Missing labels", a_word, POLICY_WORDS, none="left out",
        question="What is a label that is missing?",
    )] = UNSAID
    uncertain: Annotated[Said[str], Setting(
        "Uncertain labels", a_word, POLICY_WORDS, none="left out",
        question="What is -1, the mark of an uncertain label?",
    )] = UNSAID
    left_out: Annotated[Said[str], Setting(
        "Value left out", a_value, none="none: every value is a class",
        question="Is that value a class, or the mark of a row without a label?",
    )] = UNSAID
    as_class: Annotated[Said[str], Setting(
        "Word that is a class", a_value, none="none: it marks a row without a label",
        question="Is that word a class, or the mark of a row without a label?",
    )] = UNSAID
    ignore: Annotated[Said[int | str], Setting("Pixel value left out", a_level, none="none")] = UNSAID
    names: Annotated[Said[str], Setting(
        "Class names", a_word, SPELLINGS, none="as they stand",
        question="Are the classes named 1.0 as they stand, or 1?",
    )] = UNSAID
    threshold: Annotated[Said[float], Setting(
        "Positive from", a_share, none="no threshold: the likeliest class", files=(),
        question="From which value is a label positive?",
    )] = UNSAID
    positive: Annotated[Said[str], Setting("Positive class", a_value, none="as found")] = UNSAID
    format: Annotated[Said[str], Setting("Format", a_word, FORMATS)] = UNSAID
    outputs: Annotated[Said[int], Setting("Outputs", a_number_of_outputs, said="{} outputs")] = UNSAID
    order: Annotated[Said[str | tuple[str, ...]], Setting("Order of the outputs", an_order, ORDERS)] = UNSAID
    # fmt: on

    def __post_init__(self) -> None:
        for name, setting in SETTINGS.items():
            object.__setattr__(self, name, setting.checked(name, getattr(self, name)))

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """What a person says; ValueError if there is no such setting or value, or two contradict each other."""
        for name in given:
            if name not in SETTINGS:
                near = nearest(name, SETTINGS)
                instead = f"did you mean {near!r}?" if near else f"choose one of {', '.join(SETTINGS)}."
                raise ValueError(f"There is no setting {shown(name)}; {instead}")
        settings = cls(**given)
        order, positive = settings.get("order"), settings.get("positive")
        if isinstance(order, tuple) and len(order) == 2 and positive not in (None, class_text(order[1])):
            raise ValueError(
                f"positive={shown(positive)} contradicts order, whose second name, {shown(order[1])}, is the positive"
                " class; pass one."
            )
        return settings

    def __getitem__(self, name: str) -> Any:
        value = getattr(self, name) if name in SETTINGS else UNSAID
        if value is UNSAID:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in SETTINGS if getattr(self, name) is not UNSAID)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __or__(self, more: Mapping[str, Any]) -> Self:
        return type(self)(**{**self, **more})

    def __repr__(self) -> str:
        return f"Settings({self.code})"

    def without(self, *names: str) -> Self:
        """The settings but for those."""
        return type(self)(**{name: value for name, value in self.items() if name not in names})

    @property
    def of_table(self) -> Self:
        """Those that say how a table is read, and not what in it are the labels."""
        return type(self)(**{name: value for name, value in self.items() if SETTINGS[name].files is not None})

    @property
    def of_labels(self) -> Self:
        """Those that say what in a table are the labels."""
        return type(self)(**{name: value for name, value in self.items() if SETTINGS[name].files is None})

    @property
    def code(self) -> str:
        """The settings as arguments of a call."""
        return ", ".join(f"{name}={[*v] if isinstance(v, tuple) else v!r}" for name, v in self.items())


SETTINGS: Mapping[str, Setting] = MappingProxyType({each.name: get_args(each.type)[1] for each in fields(Settings)})
TABLE_SETTINGS = tuple(name for name, setting in SETTINGS.items() if setting.files is not None)
