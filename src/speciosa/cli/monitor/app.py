"""The verbs under ``speciosa monitor``."""

from __future__ import annotations

import typer

from speciosa.cli.monitor import audit, records, serving, users

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
app.command("serve")(serving.serve)
app.command("worker")(serving.worker)
app.command("demo")(serving.demo)
app.add_typer(users.app, name="user")
app.add_typer(audit.app, name="audit")
