"""Tables for people (rich text) and for programs (JSON, CSV, Parquet), to a stream or to a file."""

from __future__ import annotations

import io
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Literal, get_args

import numpy as np

from speciosa.errors import ResultError, UnknownNameError
from speciosa.late import pd
from speciosa.results.files import write_atomically
from speciosa.results.numbers import MISSING, shown

TableFormat = Literal["table", "json", "csv", "parquet"]
FORMATS: tuple[str, ...] = get_args(TableFormat)

_WIDTH, _COLUMN_SPACE = 100, 3


def write_table(
    frame: pd.DataFrame,
    form: str = "table",
    out: str | Path | None = None,
    *,
    title: str | None = None,
    stream: IO[str] | None = None,
) -> None:
    """Write a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        A named index becomes a column; an unnamed one is left out.
    form : {"table", "json", "csv", "parquet"}
        ``table`` rounds numbers for reading; the others keep every digit. JSON is a list of records with null
        for a missing number.
    out : path, optional
        File to write, atomically; standard output without it.
    title : str, optional
        Caption of the ``table`` form.
    stream : text stream, optional
        Instead of standard output.

    Raises
    ------
    UnknownNameError
        For an unknown format.
    ResultError
        Where the file cannot be written, or Parquet is asked for without its extra.

    Examples
    --------
    >>> write_table(pd.DataFrame({"drug": ["morphine"], "Cmax": [12.5]}), "csv", stream=sys.stdout)
    drug,Cmax
    morphine,12.5
    """
    if form not in FORMATS:
        raise UnknownNameError("table format", form, FORMATS)
    frame = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    stream = stream or sys.stdout
    if form == "table":
        if out is None:
            _print(frame, title, stream)
            return
        buffer = io.StringIO()
        _print(frame, title, buffer)
        write_atomically(out, buffer.getvalue())
        return
    writers: dict[str, Callable[[pd.DataFrame], str | bytes]]
    writers = {"json": to_json, "csv": to_csv, "parquet": to_parquet}
    content = writers[form](frame)
    if out is not None:
        write_atomically(out, content)
    elif isinstance(content, str):
        stream.write(content)
    else:
        _binary(stream).write(content)


def to_json(frame: pd.DataFrame) -> str:
    """Write a list of records, one a line, null for a missing number."""
    records = [
        {str(key): _json_value(value) for key, value in record.items()}
        for record in frame.to_dict(orient="records")
    ]
    lines = ",\n".join(json.dumps(record, ensure_ascii=False, allow_nan=False) for record in records)
    return f"[\n{lines}\n]\n" if records else "[]\n"


def to_csv(frame: pd.DataFrame) -> str:
    """Comma-separated with a header; missing numbers are empty."""
    return str(frame.to_csv(index=False, lineterminator="\n"))


def to_parquet(frame: pd.DataFrame) -> bytes:
    """Parquet bytes.

    Raises
    ------
    ResultError
        Where pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ResultError(
            "Parquet needs the package pyarrow, which is not installed",
            expected=f"one of the formats {', '.join(form for form in FORMATS if form != 'parquet')}",
            advice="Install it with: pip install 'speciosa[parquet]'",
        ) from error
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), buffer)
    return bytes(buffer.getvalue().to_pybytes())


def _json_value(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _binary(stream: IO[str]) -> IO[bytes]:
    binary: IO[bytes] | None = getattr(stream, "buffer", None)
    if binary is None:
        raise ResultError("Parquet is not text", expected="a file to write to", advice="Name one with --out.")
    return binary


def _print(frame: pd.DataFrame, title: str | None, stream: IO[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    # A terminal knows its own width; a file or pipe gets room enough to keep each row on one line.
    width = None if stream.isatty() else max(_WIDTH, _natural_width(frame) + _COLUMN_SPACE)
    table = Table(
        title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", header_style="bold"
    )
    for name in frame.columns:
        is_number = pd.api.types.is_numeric_dtype(frame[name])
        table.add_column(str(name), justify="right" if is_number else "left", overflow="fold")
    for record in frame.itertuples(index=False):
        table.add_row(*(_cell(value) for value in record))
    console = Console(file=stream, width=width, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(table)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    stream.write("\n".join(line for line in lines if line) + "\n")


def _cell(value: Any) -> str:
    if value is None or value is pd.NA:
        return MISSING
    if isinstance(value, float | np.floating):
        return shown(float(value))
    return str(value)


def _natural_width(frame: pd.DataFrame) -> int:
    """Count the characters that the longest cells of all columns take, with the space around them."""
    return sum(
        max([len(str(name)), *(len(_cell(value)) for value in frame[name])]) + _COLUMN_SPACE
        for name in frame.columns
    )
