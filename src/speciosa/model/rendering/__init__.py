"""Equations as text, LaTeX and MathML, and whole models for a reader."""

from speciosa.model.rendering.document import model_html, model_latex, model_text
from speciosa.model.rendering.latex import latex, latex_name
from speciosa.model.rendering.mathml import mathml, mathml_name
from speciosa.model.rendering.text import text

__all__ = ["latex", "latex_name", "mathml", "mathml_name", "model_html", "model_latex", "model_text", "text"]
