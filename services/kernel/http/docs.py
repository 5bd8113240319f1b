"""`/docs`: the API description as one page, rendered from `/openapi.json` without scripts.

It needs nothing from the network, works under the strictest content policy and prints well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse

from services.kernel.http.idempotency import HEADER
from services.kernel.http.problems import MEDIA_TYPE, ProblemDocument

_PROBLEM = {
    "description": "A problem document (RFC 9457); its `type` is stable.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
details{border:1px solid #8884;border-radius:.4rem;margin:.6rem 0;padding:.4rem .8rem}
summary{cursor:pointer}code,pre{font:14px/1.45 ui-monospace,monospace}
pre{overflow:auto;background:#8881;padding:.6rem;border-radius:.3rem}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}
b.method{display:inline-block;min-width:4.5rem}
:root{color-scheme:light dark}
"""


def add_docs(app: FastAPI) -> None:
    """Describe the problem document on every operation and serve the page."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = description(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        return HTMLResponse(page(app.openapi()), headers={"Content-Security-Policy": policy})


def description(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for _, _, operation in operations(document):
        operation["responses"].pop("422", None)
        operation["responses"].update({"4XX": _PROBLEM, "5XX": _PROBLEM})
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == HEADER:
                parameter.update({"required": True, "schema": {"type": "string"}})
    return document


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of every operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def page(document: Mapping[str, Any]) -> str:
    """The whole HTML page."""
    info = document["info"]
    schemas = document["components"]["schemas"]
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style><h1>{escape(info['title'])}</h1>",
        f"<p>{escape(info.get('description', ''))}</p>",
        '<p>Machine-readable: <a href="/openapi.json">openapi.json</a></p>',
        *(_operation(*operation) for operation in operations(document)),
        "<h2>Schemas</h2>",
        *(_details(f"<code>{escape(name)}</code>", _json(it)) for name, it in schemas.items()),
    ]
    return "\n".join(parts) + "</html>"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    rows = [
        (f"{item['in']} {item['name']}", _type(item["schema"]), item.get("description", ""))
        for item in operation.get("parameters", ())
    ]
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append((f"body {media}", _type(content.get("schema", {})), ""))
    for status, answer in operation["responses"].items():
        for media, content in (answer.get("content") or {"": {}}).items():
            shape = f"{media} {_type(content.get('schema', {}))}".strip()
            rows.append((f"answer {status}", shape, answer.get("description", "")))
    table = "".join(
        f"<tr><td><code>{escape(a)}</code><td><code>{escape(b)}</code><td>{escape(c)}"
        for a, b, c in rows
    )
    title = f'<b class="method">{method}</b> <code>{escape(path)}</code> '
    text = f"<p>{escape(operation.get('description', ''))}</p><table>{table}</table>"
    return _details(title + escape(operation.get("summary", "")), text)


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    return str(schema.get("format") or schema.get("type") or "any")


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>{content}</details>"


def _json(schema: Any) -> str:
    return f"<pre>{escape(json.dumps(schema, indent=1, ensure_ascii=False))}</pre>"
