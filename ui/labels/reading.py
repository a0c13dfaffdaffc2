"""What was understood of a label file, what it leaves open, and every setting of the reading."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

import lossviz
from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.meaning import rules
from lossviz.labels.meaning.answers import open_questions
from lossviz.labels.reader import read_with
from lossviz.labels.settings import SETTINGS, TABLE_SETTINGS, Settings
from lossviz.notation import plural
from ui.labels import facts, settings
from ui.labels.facts import Source
from ui.shared import labels
from ui.shared.prose import options, plain, prose
from ui.shared.tables import inert

# Larger sources are not read again to say what each value of a setting would lead to.
MOST_BYTES_AGAIN = 4_000_000
_TABLES = ("file", "array", "sheet", "table", "split")
_MOST_READINGS, _MOST_RADIO, _MOST_COLUMNS, _MOST_REASONS = 6, 6, 60, 2


def show(source: Source) -> None:
    """The reading of a source with all that can be set, and its first rows; its counts become the labels."""
    state = st.session_state.setdefault(f"{source.key}:chosen", Settings())
    st.session_state[f"{source.key}:asked"] = {}
    try:
        with st.spinner("Reading the labels", show_time=True):
            inspection = _inspected(source.key, state.of_table, source)
    except UnreadableLabels as error:
        _refused(error)
        st.caption(prose("labels", "still", labels=plain(labels.title(labels.current()))))
        if not state:
            return
        # A setting that was made makes the file unreadable: it can still be made again.
        inspection = _inspected(source.key, Settings(), source)
        _controls(source, inspection, None)
        return
    reading: Reading | None = None
    try:
        with st.spinner("Counting", show_time=True):
            reading = settings.resolved(inspection, state, lambda wanted: _read(source.key, wanted, source))
        _say_how(inspection, reading, state)
        _say_why(inspection, reading)
    except (UnreadableLabels, ValueError) as error:
        _refused(error)
    for warning in inspection.warnings:
        st.warning(plain(warning), icon=":material/info:")
    if reading is not None:
        _open_questions(source, inspection, reading)
    _controls(source, inspection, reading)
    if len(inspection.preview):
        _preview(inspection, reading)
    if reading is None:
        return
    st.code(code(source, reading), language="python", wrap_lines=True)
    facts.remember(source, inspection, reading)
    try:
        labels.choose_once(reading.counts, source.key)
    except ValueError as error:
        _refused(error)


def code(source: Source, reading: Reading) -> str:
    """Lines that read the source so again, in the order that was chosen for the labels since."""
    settings = Settings(**reading.settings)
    if other := _other_order(reading.counts, labels.current()):
        settings = settings.without("outputs") | other  # the list says how many
    written = f", {settings.code}" if settings else ""
    imports = "from pathlib import Path\n\nimport lossviz" if "Path(" in source.code else "import lossviz"
    return f"{imports}\n\ncounts = lossviz.read_labels({source.code}{written})"


def _other_order(read: LabelCounts, now: LabelCounts) -> dict[str, list[str]]:
    """The order of the labels as a setting, where they are those that were read, in another order."""
    times, known = (
        {name: n for name, n in zip(each.classes, each.positives.tolist(), strict=True) if n} for each in (read, now)
    )
    same = times == known and (read.source, read.n_samples) == (now.source, now.n_samples)
    return {"order": list(now.classes)} if same and read.classes != now.classes else {}


def _refused(error: Exception) -> None:
    if isinstance(error, UnreadableLabels):
        st.error(f"{plain(error.reason)} **{plain(error.remedy)}**", icon=":material/block:")
    else:
        st.error(plain(str(error)), icon=":material/block:")


def _say_how(inspection: Inspection, reading: Reading, chosen: Settings) -> None:
    """How the source was read, and how sure that is; certain alone is what leaves nothing open."""
    said = {"reading": plain(reading.description), "facts": plain(_facts(reading))}
    if inspection.certain or not open_questions(inspection, inspection.readings, {*chosen}):
        st.success(prose("labels", "read", **said), icon=":material/check:")
    elif len(_subjects(inspection, reading)) > 1 and not {"column", "columns"} & {*chosen}:
        st.info(prose("labels", "which", **said), icon=":material/help:")
    else:
        st.info(prose("labels", "probably", **said), icon=":material/help:")


def _facts(reading: Reading) -> str:
    """How many samples there are, how many of them without a label, and what separates cells."""
    counts = reading.counts
    parts = [f"{counts.n_samples:,} {counts.unit if counts.n_samples == 1 else plural(counts.unit)}"]
    if counts.task != "multilabel" and (without := int(counts.missing[0])):
        parts.append(f"{without:,} of them without a label")
    if "delimiter" in reading.settings:
        parts.append(f"columns separated by {settings.spelled('delimiter', reading.settings['delimiter'])}")
    return ", ".join(parts)


def _say_why(inspection: Inspection, reading: Reading) -> None:
    """What decided for the likeliest reading of the columns, while it stands."""
    others = _subjects(inspection, reading)
    if not reading.evidence or _subject(reading) != next(iter(others)):
        return
    rival = next((each for each in list(others.values())[1:] if each.evidence), None)
    told = " and ".join(rules.reasons(reading, rival)[:_MOST_REASONS])
    other = plain(rival.description) if rival is not None else ""
    if rival is None:
        st.caption(prose("labels", "why", reasons=plain(told)))
    elif told:
        st.caption(prose("labels", "why_rather", rival=other, reasons=plain(told)))
    elif against := rules.doubts(rival):
        st.caption(prose("labels", "why_doubt", rival=other, doubt=plain(against[0])))


def _subjects(inspection: Inspection, reading: Reading) -> dict[str, Reading]:
    """The first reading of each column or block of the table, the likeliest first."""
    subjects: dict[str, Reading] = {}
    for each in inspection.readings:
        if all(each.settings.get(name) == reading.settings.get(name) for name in _TABLES):
            subjects.setdefault(_subject(each), each)
    return subjects


def _open_questions(source: Source, inspection: Inspection, reading: Reading) -> None:
    """The questions of the file as plain choices, each with what it leads to."""
    if not inspection.certain:
        _which_reading(source, inspection, reading)
    chosen = st.session_state[f"{source.key}:chosen"]
    for question in inspection.questions:
        if question.setting != "column" and question.setting in settings.settings_of(inspection, reading, chosen):
            _ask(source, inspection, reading, question)


def _which_reading(source: Source, inspection: Inspection, reading: Reading) -> None:
    """What holds the labels, where several columns of the table may; which table it is, is a question of its own."""
    subjects = _subjects(inspection, reading)
    offered = list(subjects)[:_MOST_READINGS]
    if len(offered) < 2:
        return
    key = f"{source.key}:subject"
    st.session_state[key] = offered.index(_subject(reading)) if _subject(reading) in offered else None

    def chosen() -> None:
        picked = subjects[offered[st.session_state[key]]]
        table = st.session_state[f"{source.key}:chosen"].of_table
        st.session_state[f"{source.key}:chosen"] = table | Settings(**picked.settings).of_labels

    st.radio(
        "What holds the labels?",
        range(len(offered)),
        format_func=lambda k: plain(subjects[offered[k]].description),
        captions=[plain(_judged(subjects[each], subjects[offered[each == offered[0]]])) for each in offered],
        key=key,
        on_change=chosen,
    )


def _judged(reading: Reading, rival: Reading) -> str:
    """What a reading leads to, and what speaks against it, or else for it and not for another."""
    told = (rules.doubts(reading) or rules.reasons(reading, rival))[:1]
    return ". ".join([settings.consequence(reading.counts), *(each[:1].upper() + each[1:] for each in told)])


def _subject(reading: Reading) -> str:
    return repr((reading.settings.get("column"), reading.settings.get("columns")))


def _ask(source: Source, inspection: Inspection, reading: Reading, question: Question) -> None:
    chosen = st.session_state[f"{source.key}:chosen"]
    setting = question.setting
    values = settings.choices_of(setting, inspection, reading, chosen) if setting == "positive" else [*question.choices]
    if len(values) < 2 or len(values) > _MOST_RADIO:
        return
    st.session_state[f"{source.key}:asked"][setting] = values
    known = setting not in TABLE_SETTINGS or source.size <= MOST_BYTES_AGAIN
    captions = [
        plain(settings.outcome(setting, value, reading, partial(_under, source, setting, value, reading)))
        for value in values
        if known
    ]
    now = settings.value_of(setting, reading, chosen)
    key = f"{source.key}:ask:{setting}"
    st.session_state[key] = values.index(now) if now in values else None
    st.radio(
        plain(question.text),
        range(len(values)),
        format_func=lambda k: plain(settings.spelled(setting, values[k])),
        captions=captions or None,
        key=key,
        on_change=lambda: _set(source, reading, setting, values[st.session_state[key]]),
    )


def _under(source: Source, setting: str, value: Any, reading: Reading) -> Reading:
    """The reading that one value of a setting leads to."""
    chosen = settings.with_setting(st.session_state[f"{source.key}:chosen"], reading, setting, value)
    inspection = _inspected(source.key, chosen.of_table, source)
    return settings.resolved(inspection, chosen, lambda wanted: _read(source.key, wanted, source))


def _controls(source: Source, inspection: Inspection, reading: Reading | None) -> None:
    """Every setting of the reading, to change it; and the way back to what was found."""
    chosen = st.session_state[f"{source.key}:chosen"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for setting in settings.settings_of(inspection, reading, chosen):
            _control(source, inspection, reading, setting)
        if chosen:
            st.button(
                "As found",
                icon=":material/restart_alt:",
                key=f"{source.key}:reset",
                on_click=lambda: st.session_state.update({f"{source.key}:chosen": Settings()}),
            )


def _control(source: Source, inspection: Inspection, reading: Reading | None, setting: str) -> None:
    state, key = st.session_state, f"{source.key}:set:{setting}"
    chosen = state[f"{source.key}:chosen"]
    now = settings.value_of(setting, reading, chosen)
    if setting == "threshold":
        state[key] = float(now or 0)
        st.number_input(
            SETTINGS[setting].title,
            0.0,
            1.0,
            key=key,
            step=0.05,
            width=150,
            on_change=lambda: _set(source, reading, setting, state[key]),
        )
        return
    if setting == "columns":
        columns = [str(column) for column in inspection.preview.columns]
        state[key] = [name for name in now or () if name in columns]
        if columns:
            shown_as = dict(zip(columns, options(columns), strict=True))
            st.multiselect(
                SETTINGS[setting].title,
                columns,
                key=key,
                format_func=shown_as.__getitem__,
                on_change=lambda: _set(source, reading, setting, state[key]),
            )
        return
    values = settings.choices_of(setting, inspection, reading, chosen)
    if len(values) < 2 or values == st.session_state.get(f"{source.key}:asked", {}).get(setting):
        return  # the question above offers the same
    state[key] = values.index(now) if now in values else None
    offered = options(settings.spelled(setting, value) for value in values)
    st.selectbox(
        SETTINGS[setting].title,
        range(len(values)),
        key=key,
        width=210,
        placeholder="choose",
        format_func=offered.__getitem__,
        on_change=lambda: _set(source, reading, setting, values[state[key]] if state[key] is not None else None),
    )


def _set(source: Source, reading: Reading | None, setting: str, value: Any) -> None:
    key = f"{source.key}:chosen"
    st.session_state[key] = settings.with_setting(st.session_state[key], reading, setting, value)


def _preview(inspection: Inspection, reading: Reading | None) -> None:
    """The first rows as read, the columns of the reading kept in sight."""
    rows = inspection.preview.iloc[:, :_MOST_COLUMNS]
    shown = inert(rows)
    used = [reading.settings.get(name) for name in ("column", "group_by", "counts")] if reading is not None else []
    names = dict(zip(rows.columns, shown.columns, strict=True))
    pinned = {names[name]: st.column_config.Column(pinned=True) for name in used if name in names}
    st.caption(prose("labels", "first_rows", rows=str(len(shown)), columns=f"{inspection.preview.shape[1]:,}"))
    st.dataframe(
        shown,
        height=min(320, 38 + 35 * len(shown)),
        hide_index=True,
        column_config=pinned,
        alt="First rows of the file as read",
    )


@st.cache_data(scope="session", max_entries=24, show_spinner=False)
def _inspected(key: str, table: Settings, _source: Source) -> Inspection:
    return facts.read_apart(lossviz.inspect_labels, _source, **table)


@st.cache_data(scope="session", max_entries=48, show_spinner=False)
def _read(key: str, wanted: Settings, _source: Source) -> Reading:
    return facts.read_apart(read_with, _source, **wanted)
