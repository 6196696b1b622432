"""Tables for people and for programs."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speciosa.errors import ResultError, UnknownNameError
from speciosa.results import FORMATS, write_table


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "drug": ["mitragynine", 'a, "quoted" [name]'],
            "Cmax": [93.123456789, np.nan],
            "n": np.array([1000, 12]),
            "note": [None, "ü"],
        }
    )


def _written(frame: pd.DataFrame, form: str, **options: str) -> str:
    stream = io.StringIO()
    write_table(frame, form, stream=stream, **options)
    return stream.getvalue()


def test_table_rounds_and_keeps_rows_on_one_line(frame: pd.DataFrame) -> None:
    text = _written(frame, "table", title="Exposure")
    lines = text.split("\n")
    assert lines[0] == "Exposure"
    assert lines[1].split() == ["drug", "Cmax", "n", "note"]
    assert lines[3].split() == ["mitragynine", "93.1", "1000", "–"]
    assert 'a, "quoted" [name]' in lines[4]
    assert all(line == line.rstrip() for line in lines)
    assert len(lines) == 6


def test_wide_tables_do_not_fold() -> None:
    wide = pd.DataFrame({f"column {k}": ["a long cell of text"] for k in range(14)})
    assert len(_written(wide, "table").strip().split("\n")) == 3


def test_json_keeps_digits_and_nulls(frame: pd.DataFrame) -> None:
    text = _written(frame, "json")
    records = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert records[0] == {"drug": "mitragynine", "Cmax": 93.123456789, "n": 1000, "note": None}
    assert records[1]["Cmax"] is None
    assert json.loads(_written(frame.iloc[:0], "json")) == []


def test_csv_reads_back(frame: pd.DataFrame) -> None:
    back = pd.read_csv(io.StringIO(_written(frame, "csv")))
    assert back["Cmax"][0] == frame["Cmax"][0]
    assert back["drug"].tolist() == frame["drug"].tolist()
    assert "\r" not in _written(frame, "csv")


def test_parquet_reads_back(frame: pd.DataFrame, tmp_path: Path) -> None:
    write_table(frame, "parquet", tmp_path / "t.parquet")
    back = pd.read_parquet(tmp_path / "t.parquet")
    assert back["Cmax"][0] == frame["Cmax"][0]
    assert back.columns.tolist() == frame.columns.tolist()


def test_parquet_to_a_pipe(frame: pd.DataFrame) -> None:
    binary = io.BytesIO()
    stream = io.TextIOWrapper(binary)
    write_table(frame, "parquet", stream=stream)
    assert binary.getvalue().startswith(b"PAR1")
    with pytest.raises(
        ResultError, match=r"Parquet is not text; expected a file to write to\. Name one with --out"
    ):
        write_table(frame, "parquet", stream=io.StringIO())


def test_named_index_becomes_a_column(frame: pd.DataFrame) -> None:
    assert _written(frame.set_index("drug"), "csv") == _written(frame, "csv")


@pytest.mark.parametrize("form", FORMATS)
def test_files_are_written_at_once(form: str, frame: pd.DataFrame, tmp_path: Path) -> None:
    write_table(frame, form, tmp_path / "t")
    assert [path.name for path in tmp_path.iterdir()] == ["t"]
    with pytest.raises(ResultError, match="cannot write"):
        write_table(frame, form, tmp_path / "no" / "t")


def test_standard_output_is_the_default(frame: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    write_table(frame, "csv")
    assert capsys.readouterr().out.startswith("drug,Cmax,n,note\n")


def test_unknown_format(frame: pd.DataFrame) -> None:
    with pytest.raises(UnknownNameError) as caught:
        write_table(frame, "jsn")
    assert str(caught.value) == "unknown table format 'jsn'. Did you mean 'json'?"


def test_missing_pyarrow_names_the_extra(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ResultError) as caught:
        write_table(frame, "parquet", tmp_path / "t.parquet")
    assert str(caught.value) == (
        "Parquet needs the package pyarrow, which is not installed; "
        "expected one of the formats table, json, csv. Install it with: pip install 'speciosa[parquet]'"
    )
    assert not list(tmp_path.iterdir())
