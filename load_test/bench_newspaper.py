"""The newspaper of the examples, extracted by one worker with the bundled model: pages, articles, seconds.

It prints each title with the topics and the summary that the model chose, to be read by somebody: whether bodies are
word for word is tested, whether a topic is a good one is not.
"""

import asyncio
import json
import shutil
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy import text

from load_test import backlog, rig
from load_test.rig import ROOT, Rig

NEWSPAPER = ROOT / "examples" / "newspaper.pdf"
PATIENCE_S = 1200.0

_RESULT = text("SELECT result, prompt_tokens, completion_tokens FROM jobs")
_console = Console()


def main(
    *,
    pages: Annotated[str | None, typer.Option(help="A page or a range, such as 1-3; all unless told.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Extract examples/newspaper.pdf with the bundled language model."""
    with rig.running() as servers:
        figures, result = asyncio.run(_extract(servers, pages))
    if as_json:
        typer.echo(json.dumps({"figures": figures, "result": result}, indent=2, ensure_ascii=False))
        return
    for page in result["pages"]:
        _console.print(f"page {page['page_number']}: {page['status']} {page['reason'] or ''}")
        for article in page["articles"]:
            _console.print(f"  [bold]{escape(article['title'] or '-')}[/] ({escape(article['author'] or '-')})")
            _console.print(f"    {len(article['body'])} characters; {escape(', '.join(article['topics']))}")
            _console.print(f"    {escape(article['summary'])}")
    _console.print(", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in figures.items()))


async def _extract(servers: Rig, pages: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    files = servers.folder / "files"
    files.mkdir(exist_ok=True)
    shutil.copy(NEWSPAPER, files)
    port = rig.free_port()
    local = {"LLM_PROVIDER": "local", "MODEL_PORT": str(port), "EMBEDDINGS_PORT": str(rig.free_port())}
    servers.start("model", "-m", "app", "model", port=port, **local)
    database = servers.database()
    try:
        await backlog.fill(database, 1, "pdf_extract", {"input_file_path": NEWSPAPER.name, "pages": pages})
        servers.start("scheduler", "-m", "app", "scheduler")
        servers.start("worker", "-m", "app", "worker", **local)
        facts = await backlog.drained(database, within_s=PATIENCE_S)
        row = await database.row(_RESULT)
    finally:
        await database.close()
    assert row is not None  # noqa: S101 - the job that was drained
    result = row.result
    statuses = [page["status"] for page in result["pages"]]
    figures = {
        "seconds": round(facts.took_s, 1),
        "pages": len(statuses),
        "skipped": statuses.count("skipped"),
        "articles": sum(len(page["articles"]) for page in result["pages"]),
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
    }
    return figures, result


if __name__ == "__main__":
    typer.run(main)
