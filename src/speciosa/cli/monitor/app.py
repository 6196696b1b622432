"""The verbs under ``speciosa monitor``."""

from __future__ import annotations

import typer

from speciosa.cli.monitor import audit, records

app = typer.Typer(
    no_args_is_help=True,
    help="Keep records of persons and follow them. Research and professional monitoring; advises on no dose.",
)
app.command("init")(records.init)
app.command("import")(records.import_file)
app.command("export")(records.export)
app.command("backup")(records.backup)
app.command("restore")(records.restore)
app.command("retain")(records.retain)
app.add_typer(audit.app, name="audit")
