"""The words of the grammar."""

from __future__ import annotations

MASS_UNITS = {
    "g": "g", "gram": "g", "grams": "g",
    "mg": "mg", "milligram": "mg", "milligrams": "mg",
    "ug": "ug", "mcg": "ug", "µg": "ug", "μg": "ug", "microgram": "ug", "micrograms": "ug",
    "ng": "ng",
}  # fmt: skip
TIME_UNITS = {
    "min": "min", "minute": "min", "minutes": "min",
    "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "d": "d", "day": "d", "days": "d",
    "w": "week", "wk": "week", "week": "week", "weeks": "week",
}  # fmt: skip
ROUTES = {
    "by mouth": "oral", "orally": "oral", "oral": "oral", "po": "oral", "p.o.": "oral", "swallowed": "oral",
    "sublingually": "sublingual", "sublingual": "sublingual", "sl": "sublingual",
    "under the tongue": "sublingual",
    "intravenously": "intravenous", "intravenous": "intravenous", "iv": "intravenous", "i.v.": "intravenous",
    "intramuscularly": "intramuscular", "intramuscular": "intramuscular", "im": "intramuscular",
    "i.m.": "intramuscular",
    "intranasally": "intranasal", "intranasal": "intranasal", "nasal": "intranasal", "in": "intranasal",
    "by nose": "intranasal",
    "subcutaneously": "subcutaneous", "subcutaneous": "subcutaneous", "sc": "subcutaneous",
    "s.c.": "subcutaneous",
    "under the skin": "subcutaneous",
    "transmucosally": "transmucosal", "transmucosal": "transmucosal", "buccally": "transmucosal",
    "buccal": "transmucosal", "in the cheek": "transmucosal",
    "transdermally": "transdermal", "transdermal": "transdermal", "on the skin": "transdermal",
    "smoked": "inhaled", "inhaled": "inhaled", "by inhalation": "inhaled", "chased": "inhaled",
}  # fmt: skip
TIMES = {"once": 1, "one": 1, "twice": 2, "two": 2, "three": 3, "thrice": 3, "four": 4, "five": 5, "six": 6}
LATIN = {
    "bid": 2, "b.i.d.": 2, "tid": 3, "t.i.d.": 3, "qid": 4, "q.i.d.": 4, "qd": 1, "q.d.": 1, "od": 1,
    "daily": 1, "every morning": 1, "each morning": 1, "every evening": 1, "nightly": 1,
}  # fmt: skip
STRAINS = (
    "red vein", "green vein", "white vein", "yellow vein", "gold vein",
    "red-vein", "green-vein", "white-vein", "yellow-vein",
    "maeng da", "bali", "borneo", "thai", "malay", "malaysian", "indo", "indonesian", "sumatra", "horn",
    "horned leaf", "bentuangie", "hulu kapuas", "jongkong", "trainwreck", "elephant", "super green",
    "vietnam",
)  # fmt: skip
KEYWORDS = (
    "once", "twice", "daily", "every", "times a day", "a day", "for", "until", "from", "at", "over", "then",
    "nothing", "containing", "up by", "down by", "missing", "after", "starting", "plus",
)  # fmt: skip
