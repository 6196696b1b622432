"""A small evidence folder that is right in every respect, to be broken in one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from speciosa.evidence import Evidence, Fault, check_folder, load

FILES = {
    "sources.csv": """\
key,authors,year,title,journal,doi,pmid_or_pmcid,seen,note
meyer2020,"Meyer AB, de Vries C-D, et al",2020,Tea 5% & {x}_y,J Ph 2(3):4-7,10.1000/_1,PMID:1; PMC4,full-text,
prefit_fit,this project,2026,Own fits,not published,,,secondary,
""",
    "kinetics.csv": """\
id,drug,quantity,condition,value,unit,spread_type,spread,n,source_key,locator,seen,note,kind
a-cl,alpha,CL/F,"adults, oral",36,L/h,none,,,prefit_fit,fit to a-cl-tea,secondary,,derived
a-cl-tea,alpha,CL / F (apparent),tea,600,mL/min,range,500 to 700,5,meyer2020,Table 3,full-text,,measured
a-cl-kg,alpha,cl/f,tea,3,L/h/kg,SD,1,5,meyer2020,Table 4,abstract,,measured
a-gap,alpha,CL/F,fasting,,,none,,,meyer2020,,memory,not measured,assumed
b-ki,beta; alpha,Ki,MOR; human,5,nM,SE,0.5,3,meyer2020,Table 5,full-text,,measured
b-ki-kor,beta,Ki,KOR; human,50,nM,none,,,meyer2020,Table 5,full-text,,measured
b-ki-memory,beta,Ki,MOR; rat,7,nM,none,,,meyer2020,,memory,,measured
b-iiv,beta,IIV_CL,adults,50,CV%,none,,,meyer2020,Table 6,full-text,,model
""",
    "targets.csv": """\
id,topic,scenario,regimen,quantity,observed,unit,tol_low,tol_high,evidence_ids,purpose,note
t-1,a,one,drug=alpha;dose=10 | drug=beta;dose=1,Cmax,9,ng/mL,8,10,a-cl-tea; timecourses/course.csv,validate,
""",
    "withdrawal_scales.csv": """\
scale,item_number,item,allowed_scores,loinc,source_key,seen,note,kind
SCALE,total,sum,0-8,,meyer2020,full-text,,measured
SCALE,1,pulse,0|1|2|4,,meyer2020,full-text,,measured
SCALE,2,tremor,0|4,,meyer2020,full-text,,measured
""",
    "units.csv": """\
unit,pint,rows,meaning
(empty),no,1,no number
L/h,yes,2,
CV%,no,1,coefficient of variation
""",
    "timecourses/course.csv": """\
# Source: a table
# Kind: derived (source keys: meyer2020, prefit_fit)
time,time_unit,mean_or_median,value,unit,spread_type,spread,n,arm,dose,note
0,h,mean,1,fraction COWS>=5,SE,0.1,9,first,10 mg,
2,h,mean,2,fraction COWS>=5,none,,,second,10 mg,
""",
    "selection/alpha.toml": """\
# alpha
["alpha.CL/F"]
row = "a-cl"
why = "The fit."
rivals = ["a-gap"]

["beta.Ki.MOR"]
row = "b-ki"
why = "Read in full."
""",
}


@dataclass(frozen=True)
class Folder:
    """An evidence folder of a test."""

    path: Path

    def replace(self, file: str, old: str, new: str) -> Folder:
        """Replace a text that must occur exactly once."""
        target = self.path / file
        text = target.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file}"
        target.write_text(text.replace(old, new), encoding="utf-8")
        return self

    def append(self, file: str, text: str) -> Folder:
        """Add lines at the end of a file, which may be new."""
        target = self.path / file
        before = target.read_text(encoding="utf-8") if target.exists() else ""
        target.write_text(before + text, encoding="utf-8")
        return self

    def load(self) -> Evidence:
        """Load the folder."""
        return load(self.path)

    def faults(self) -> tuple[Fault, ...]:
        """All faults of the folder."""
        return check_folder(self.path)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A small evidence folder without faults."""
    for name, text in FILES.items():
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return Folder(tmp_path)
