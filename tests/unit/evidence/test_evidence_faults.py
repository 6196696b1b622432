"""Every check finds its fault, and says where and what was expected."""

import pytest

from speciosa.errors import EvidenceError

TABLE_FAULTS = [
    (
        *("kinetics.csv", "id,drug,quantity", "id,drug,quantitty"),
        "kinetics.csv:1, column 'quantity': header names 'quantitty' as column 3; expected 'quantity' "
        "(header: "
        "id,drug,quantity,condition,value,unit,spread_type,spread,n,source_key,locator,seen,note,kind)",
    ),
    (
        *("units.csv", "pint,rows,meaning", "pint,rows,meaning,more"),
        "units.csv:1, column 'more': header has the extra column 'more'; expected header: "
        "unit,pint,rows,meaning",
    ),
    (
        *("units.csv", "pint,rows,meaning", "pint,rows"),
        "units.csv:1, column 'meaning': header lacks column 4; expected 'meaning' (header: "
        "unit,pint,rows,meaning)",
    ),
    (
        *("kinetics.csv", '"adults, oral"', "adults, oral"),
        "kinetics.csv:2: the record has 15 fields; expected 14 fields; quote a text that contains a comma",
    ),
    (
        *("kinetics.csv", "36,L/h", "thirty,L/h"),
        "kinetics.csv:2, column 'value': 'thirty' is not a number; expected a finite number or nothing",
    ),
    (
        *("kinetics.csv", "600,mL/min", "inf,mL/min"),
        "kinetics.csv:3, column 'value': 'inf' is not a number; expected a finite number or nothing",
    ),
    (
        *("kinetics.csv", "500 to 700,5", "500 to 700,five"),
        "kinetics.csv:3, column 'n': 'five' is not a whole number; expected a whole number or nothing",
    ),
    (
        *("kinetics.csv", "Table 3,full-text", "Table 3,read"),
        "kinetics.csv:3, column 'seen': 'read' is not allowed; "
        "expected one of full-text, abstract, secondary, memory",
    ),
    (
        *("kinetics.csv", "Table 6,full-text,,model", "Table 6,full-text,,guess"),
        "kinetics.csv:9, column 'kind': 'guess' is not allowed; expected one of measured, model, "
        "derived, assumed",
    ),
    (
        *("kinetics.csv", "nM,SE,0.5", "nM,sem,0.5"),
        "kinetics.csv:6, column 'spread_type': 'sem' is not allowed; "
        "expected one of SD, SE, CV%, range, IQR, 95CI, none",
    ),
    (
        *("kinetics.csv", "a-cl-kg,", "a-cl-tea,"),
        "kinetics.csv:4, column 'id': 'a-cl-tea' stands already in kinetics.csv:3; "
        "expected one record per id over all files",
    ),
    (
        *("sources.csv", "prefit_fit,this", "meyer2020,this"),
        "sources.csv:3, column 'key': 'meyer2020' stands already in sources.csv:2; "
        "expected one record per key over all files",
    ),
    (
        *("targets.csv", "ng/mL,8,10", "ng/mL,,10"),
        "targets.csv:2, column 'tol_low': the field is empty; expected a number",
    ),
    (
        *("targets.csv", "course.csv,validate", "course.csv,test"),
        "targets.csv:2, column 'purpose': 'test' is not allowed; expected one of calibrate, validate",
    ),
    (
        *("timecourses/course.csv", "0,h,mean,1", "0,h,mode,1"),
        "timecourses/course.csv:4, column 'mean_or_median': 'mode' is not allowed; "
        "expected one of mean, median, proportion",
    ),
    (
        *("timecourses/course.csv", "2,h,mean", "late,h,mean"),
        "timecourses/course.csv:5, column 'time': 'late' is not a number; expected a finite "
        "number or nothing",
    ),
    (
        *("units.csv", "L/h,yes", "L/h,maybe"),
        "units.csv:3, column 'pint': 'maybe' is not allowed; expected one of yes, no",
    ),
]

CONTENT_FAULTS = [
    (
        *("kinetics.csv", "b-iiv,beta", "B iiv,beta"),
        "kinetics.csv:9, column 'id': 'B iiv' is no slug; expected lower-case letters, digits, "
        "'.', '_' and '-'",
    ),
    (
        *("kinetics.csv", "b-iiv,beta", "b-iiv,Beta"),
        "kinetics.csv:9, column 'drug': drug is 'Beta'; expected lower-case names joined by '; ', or 'none'",
    ),
    (
        *("kinetics.csv", "beta,IIV_CL", "beta,"),
        "kinetics.csv:9, column 'quantity': the field is empty; expected a term of the field",
    ),
    (
        *("kinetics.csv", "memory,not measured,assumed", "memory,,assumed"),
        "kinetics.csv:5, column 'value': neither a value nor a note; expected a number, or the "
        "reason in 'note'",
    ),
    (
        *("kinetics.csv", "36,L/h", "36,"),
        "kinetics.csv:2, column 'unit': the value has no unit; expected a unit; a pure number is "
        "'dimensionless'",
    ),
    (
        *("kinetics.csv", "5,nM,SE", "5,nMM,SE"),
        "kinetics.csv:6, column 'unit': unknown unit 'nMM'; expected a unit such as 'L/h' or 'ng/mL', "
        "or a label such as 'CV%'. Did you mean 'nM'?",
    ),
    (
        *("kinetics.csv", "meyer2020,Table 3", "mayer2020,Table 3"),
        "kinetics.csv:3, column 'source_key': no source has the key 'mayer2020'; expected a key "
        "of the source files",
    ),
    (
        *("kinetics.csv", "fit to a-cl-tea", ""),
        "kinetics.csv:2, column 'locator': the field is empty; expected the inputs of a derived row",
    ),
    (
        *("kinetics.csv", "fasting,,,none,,", "fasting,,,SD,2,"),
        "kinetics.csv:5, column 'spread': a spread '2' without a value; expected a value, or no spread",
    ),
    (
        *("kinetics.csv", "L/h,none,,", "L/h,none,4,"),
        "kinetics.csv:2, column 'spread': a spread '4' of type none; expected an empty field, or its type",
    ),
    (
        *("kinetics.csv", "SE,0.5", "SE,-0.5"),
        "kinetics.csv:6, column 'spread': '-0.5' is no SE; expected a number of zero or above",
    ),
    (
        *("kinetics.csv", "SD,1,", "SD,,"),
        "kinetics.csv:4, column 'spread': '' is no SD; expected a number of zero or above",
    ),
    (
        *("kinetics.csv", "500 to 700", "500-700"),
        "kinetics.csv:3, column 'spread': '500-700' is no range; expected 'lo to hi'",
    ),
    (
        *("kinetics.csv", "500 to 700", "700 to 500"),
        "kinetics.csv:3, column 'spread': '700 to 500' is no range; expected 'lo to hi' with lo not above hi",
    ),
    (
        *("sources.csv", "prefit_fit,this project,2026,Own fits", "prefit_fit,this project,2026,"),
        "sources.csv:3, column 'title': the field is empty; expected a title, or what the record stands for",
    ),
    (
        *("sources.csv", "this project,2026", "this project,26"),
        "sources.csv:3, column 'year': year is 26; expected four digits or nothing",
    ),
    (
        *("sources.csv", "10.1000/_1", "https://doi.org/10.1000/_1"),
        "sources.csv:2, column 'doi': 'https://doi.org/10.1000/_1' is no DOI; "
        "expected '10.', registrant, '/' and suffix, without address",
    ),
    (
        *("targets.csv", "ng/mL,8,10", "ng/mL,11,10"),
        "targets.csv:2, column 'tol_low': 11 is above tol_high 10; expected tol_low <= tol_high",
    ),
    (
        *("targets.csv", "a-cl-tea; ", "a-cl-teas; "),
        "targets.csv:2, column 'evidence_ids': 'a-cl-teas' does not exist; "
        "expected the id of a row or a time-course file",
    ),
    (
        *("targets.csv", "a-cl-tea; timecourses/course.csv", ""),
        "targets.csv:2, column 'evidence_ids': the field is empty; "
        "expected ids of rows or time-course files, joined by '; '",
    ),
    (
        *("targets.csv", "a-cl-tea; ", "b-ki-memory; "),
        "targets.csv:2, column 'evidence_ids': row 'b-ki-memory' is recalled, not seen; "
        "expected a row that was seen",
    ),
    (
        *("targets.csv", "drug=alpha;dose=10", "drug=alpha;dose 10"),
        "targets.csv:2, column 'regimen': 'dose 10' is no entry; "
        "expected key=value, joined by ';', segments by ' | '",
    ),
    (
        *("targets.csv", "9,ng/mL", "9,ng/mLL"),
        "targets.csv:2, column 'unit': unknown unit 'mLL' in 'ng/mLL'; expected a unit such as "
        "'L/h' or 'ng/mL', "
        "or a label such as 'CV%'. Did you mean 'mL' or 'm'?",
    ),
    (
        *("withdrawal_scales.csv", "0|4,,meyer2020", "0|4,,unknown"),
        "withdrawal_scales.csv:4, column 'source_key': no source has the key 'unknown'; "
        "expected a key of the source files",
    ),
    (
        *("withdrawal_scales.csv", "SCALE,2,tremor", "SCALE,1,tremor"),
        "withdrawal_scales.csv:4, column 'item_number': SCALE has '1' twice; "
        "expected a number that is unique in its scale",
    ),
    (
        *("withdrawal_scales.csv", "0|1|2|4", "0|2|1|4"),
        "withdrawal_scales.csv:3, column 'allowed_scores': '0|2|1|4' is no list of scores; "
        "expected rising whole numbers joined by '|'",
    ),
    (
        *("timecourses/course.csv", "# Source: a table\n", ""),
        "timecourses/course.csv:1: no comment line starts with 'Source:'; expected a line '# "
        "Source: ...' at the head",
    ),
    (
        *("timecourses/course.csv", "keys: meyer2020", "keys: mayer2020"),
        "timecourses/course.csv:1: no source has the key 'mayer2020'; expected a key of the source files",
    ),
    (
        *("timecourses/course.csv", "0,h,mean", "0,L,mean"),
        "timecourses/course.csv:4, column 'time_unit': 'L' is no unit of time; expected h, d, week or min",
    ),
    (
        *("timecourses/course.csv", "2,h,mean,2,fraction COWS>=5", "2,h,mean,,fraction COWS>=5"),
        "timecourses/course.csv:5, column 'value': neither a value nor a note; "
        "expected a number, or the reason in 'note'",
    ),
    (
        *("timecourses/course.csv", "2,h,mean,2,fraction COWS>=5", "2,h,mean,2,"),
        "timecourses/course.csv:5, column 'unit': the field is empty; expected a unit, or what "
        "the number counts",
    ),
    (
        *("timecourses/course.csv", "SE,0.1", "SE,small"),
        "timecourses/course.csv:4, column 'spread': 'small' is no SE; expected a number of zero or above",
    ),
    (
        *("units.csv", "CV%,no,1,coefficient of variation", "CV%,no,1,"),
        "units.csv:4, column 'meaning': the field is empty; expected what a number in this unit means",
    ),
    (
        *("units.csv", "CV%,no", "spoons,no"),
        "units.csv:4, column 'unit': 'spoons' is no label; expected a label of speciosa.units.LABELS",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "message"), TABLE_FAULTS)
def test_a_fault_of_a_table_stops_the_load(folder, file, old, new, message):
    folder.replace(file, old, new)
    assert message in [str(fault) for fault in folder.faults()]
    with pytest.raises(EvidenceError) as caught:
        folder.load()
    assert message in str(caught.value)


@pytest.mark.parametrize(("file", "old", "new", "message"), CONTENT_FAULTS)
def test_a_fault_of_content_is_found_by_the_check(folder, file, old, new, message):
    folder.replace(file, old, new)
    assert [str(fault) for fault in folder.faults()] == [message]
    assert folder.load().faults() == folder.faults()


def test_all_faults_are_collected(folder):
    folder.replace("kinetics.csv", "36,L/h", "36,L/hx").replace("kinetics.csv", "600,mL/min", "lots,mL/min")
    folder.replace("targets.csv", "ng/mL,8,10", "ng/mL,11,10").replace("sources.csv", "2026", "26")
    found = [(fault.file, fault.line, fault.column) for fault in folder.faults()]
    assert found == [
        ("kinetics.csv", 2, "unit"),
        ("kinetics.csv", 3, "spread"),
        ("kinetics.csv", 3, "value"),
        ("kinetics.csv", 3, "value"),
        ("sources.csv", 3, "year"),
        ("targets.csv", 2, "tol_low"),
    ]


def test_the_error_of_many_faults_names_them_all(folder):
    folder.replace("kinetics.csv", "36,L/h", "x,L/h").replace("kinetics.csv", "600,mL/min", "y,mL/min")
    with pytest.raises(EvidenceError) as caught:
        folder.load()
    lines = str(caught.value).splitlines()
    assert lines[0] == "3 faults in the evidence files:"
    assert lines[1].startswith("  kinetics.csv:2, column 'value': 'x' is not a number")
    assert lines[2].startswith("  kinetics.csv:3, column 'value': 'y' is not a number")
    assert lines[3].startswith("  selection/alpha.toml:3, key 'row': row 'a-cl' has no value")


def test_very_many_faults_are_cut(folder):
    lines = [f"r-{i},alpha,CL,x,bad,L/h,none,,,meyer2020,,memory,,measured\n" for i in range(60)]
    with pytest.raises(EvidenceError, match=r"(?s)^60 faults in the evidence files:.*  and 10 more\.$"):
        folder.append("kinetics.csv", "".join(lines)).load()


def test_an_open_quote_is_a_fault_with_its_line(folder):
    folder.replace("kinetics.csv", '"adults, oral"', '"adults, oral" x')
    (fault,) = [fault for fault in folder.faults() if fault.file == "kinetics.csv"]
    assert (fault.line, fault.expected) == (2, "CSV with closed quotes")


def test_a_file_in_another_encoding_is_a_fault_with_its_line(folder):
    path = folder.path / "kinetics.csv"
    path.write_bytes(path.read_bytes().replace(b"fasting", b"f\xe4sting"))
    (fault,) = [fault for fault in folder.faults() if fault.file == "kinetics.csv" and fault.line == 5]
    assert (fault.problem, fault.expected) == ("the file is not UTF-8 text", "UTF-8")


def test_an_empty_time_course_is_a_fault(folder):
    path = folder.path / "timecourses/course.csv"
    head = path.read_text(encoding="utf-8").splitlines(keepends=True)[:3]
    path.write_text("".join(head), encoding="utf-8")
    assert [str(fault) for fault in folder.faults()] == [
        "timecourses/course.csv: the file has no points; expected at least one"
    ]
