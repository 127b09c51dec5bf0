"""Asks the interface for programs whatever its own document permits, and a little more.

Usage: api_fuzzer.py PLAN, where PLAN is a file of JSON:
  address    where the program serves
  tokens     who asks: a bearer token by a name, null for somebody without one
  seed       what the random requests begin with; the same seed makes the same requests
  examples   requests for each operation and each of those who ask
  known      values that exist, by the name of a parameter or member ("name" by its path)
  questions  requests with the status that they are answered with: operation, method, parts, query,
             body, status; asked by the first of those who ask
  pages      addresses of pages, with their parts

Every answer is held to the document, by schemathesis: its status, its media type, its headers and its
shape. Nothing may be answered with 500 or more. Prints one line of JSON: how many requests there were,
their statuses by operation, and what was found.
"""

import collections
import json
import string
import sys

try:
    import requests
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st
    from openapi_spec_validator import validate
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi.checks import (
        content_type_conformance, response_headers_conformance, response_schema_conformance,
        status_code_conformance)
except ModuleNotFoundError as missing:
    sys.exit(f"the Python module {missing.name} is missing: install "
             "scripts/requirements-test.txt for REPORTD_TEST_PYTHON (`make test` does)")

plan = json.load(open(sys.argv[1], encoding="utf-8"))
address, known = plan["address"], plan["known"]
checks = [not_a_server_error, status_code_conformance, content_type_conformance,
          response_headers_conformance, response_schema_conformance]
#: It does not end, so nothing can be said of its end; tests of their own listen to it.
endless = {"/api/v1/events"}

document = requests.get(address + "/api/v1/openapi.json", timeout=30).json()
validate(document)
schema = schemathesis.openapi.from_dict(document)
schema.config.update(base_url=address)

statuses = collections.defaultdict(collections.Counter)
findings = {}


def headers(who):
    token = plan["tokens"][who]
    return {"Authorization": f"Bearer {token}"} if token else {}


def note(label, who, error, shown):
    """Keeps the first of what is wrong in one way with one operation."""
    causes = getattr(error, "exceptions", None) or [error]
    for cause in causes:
        key = (label, type(cause).__name__)
        findings.setdefault(key, f"{label} as {who}: {type(cause).__name__}: {cause}\n{shown}"[:3000])


def ask(case, who):
    try:
        response = case.call(base_url=address, headers=headers(who), timeout=60)
    except ValueError:
        return None  # What cannot be written as a request is not one.
    statuses[case.operation.label][response.status_code] += 1
    try:
        case.validate_response(response, checks=checks, headers=headers(who))
    except FailureGroup as error:
        note(case.operation.label, who, error, response.text[:400])
    return response


def values(name, path):
    """What exists under a name: of one room of addresses, or of all."""
    room = path.split("/")[3] if path.count("/") > 2 else ""
    return known.get(f"{room}.{name}") or known.get(name)


def kinds(shape):
    """The types that a shape permits."""
    return {shape.get("type")} | {part.get("type") for part in shape.get("anyOf", [])}


@st.composite
def sensible(draw, shapes, path):
    """Fields that mean something together, of things that exist."""
    fields = {}
    for name, shape in shapes.items():
        found = values(name, path)
        if found and (name in {"metric", "metrics", "period", "report", "format", "since"}
                      or draw(st.integers(0, 3)) == 0):
            value = draw(st.sampled_from(found))
            if "integer" in kinds(shape):
                value = int(value) if value.isdigit() else 1
            fields[name] = [value] if "array" in kinds(shape) else value
    if "company" in fields:
        fields.pop("group", None)
    if "period" in fields or not {"from", "to"} <= fields.keys():
        fields.pop("from", None)
        fields.pop("to", None)
    return fields


@st.composite
def cases(draw, operation):
    """A request of the document: half of them wild, half of things that exist."""
    described = document["paths"][operation.path][operation.method.lower()]
    mode = draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    is_wild = draw(st.booleans())
    case = draw(operation.as_strategy(
        generation_mode=mode if is_wild else GenerationMode.POSITIVE))
    parts = dict(case.path_parameters or {})
    for name in parts:
        if (found := values(name, operation.path)) and (not is_wild or draw(st.booleans())):
            parts[name] = draw(st.sampled_from(found))
    case.path_parameters = parts
    if not is_wild:
        case.query = draw(sensible(
            {field["name"]: field["schema"] for field in described.get("parameters", [])
             if field["in"] == "query"}, operation.path))
        if "requestBody" in described:
            shape = described["requestBody"]["content"]["application/json"]["schema"]
            case.body = draw(sensible(shape["properties"], operation.path))
    return case


def run(strategy, asking, who):
    """Asks as many requests as the plan says, the same for the same seed."""
    def test(drawn):
        asking(drawn, who)
    test = given(strategy)(test)
    test = settings(max_examples=plan["examples"], database=None, deadline=None,
                    phases=[Phase.generate], suppress_health_check=list(HealthCheck))(test)
    seed(plan["seed"])(test)()


operations = [result.ok() for result in schema.get_all_operations()]
for question in plan["questions"]:
    operation = schema[question["operation"]][question["method"]]
    who = next(iter(plan["tokens"]))
    case = operation.Case(path_parameters=question.get("parts", {}), query=question.get("query", {}),
                          **({"body": question["body"], "media_type": "application/json"}
                             if "body" in question else {}))
    response = ask(case, who)
    if response is None or response.status_code != question["status"]:
        answer = response and f"{response.status_code} {response.text[:600]}"
        findings[(operation.label, "question")] = f"{question}: {answer}"

# What takes things away comes last.
operations.sort(key=lambda operation: operation.method.upper() == "DELETE")
for operation in operations:
    if operation.path in endless:
        continue
    for who in plan["tokens"]:
        run(cases(operation), ask, who)

shapes = {field["name"]: field["schema"] for path in document["paths"].values()
          for operation in path.values() for field in operation.get("parameters", [])
          if field["in"] == "query"} | {"next": {"type": "string"}}
texts = st.text(st.sampled_from(string.printable + "æøå€\u0000\U0001f4a5"), max_size=12)
#: What each page takes; of a page that is not here, whatever there is.
pickers = {"/explain": ["metric", "part", "offset", "limit"], "/restatements": ["since"],
           "/explore": ["metric", "by", "grain", "top", "as"]}
choices = ["company", "group", "period", "from", "to", "compare", "where", "known-at", "currency"]


@st.composite
def questions(draw, page):
    """Parameters of a page: half of them wild, half of things that exist."""
    if draw(st.booleans()):
        own = pickers.get("/" + page.split("/")[1], []) + choices
        fields = draw(sensible({name: shapes[name] for name in own}, page))
        return page, [(name, str(value[0] if isinstance(value, list) else value))
                      for name, value in fields.items()]
    names = draw(st.lists(st.sampled_from(sorted(shapes)), max_size=4))
    return page, [(name, draw(st.sampled_from(known[name])) if name in known
                   and draw(st.booleans()) else draw(texts)) for name in names]


def look(question, who):
    page, pairs = question
    response = requests.get(address + page, params=pairs, headers=headers(who), timeout=60,
                            allow_redirects=False)
    statuses["page " + page][response.status_code] += 1
    kind = response.headers.get("Content-Type", "")
    if response.status_code >= 500 or (response.status_code < 300 and "text/html" not in kind):
        findings[(page, response.status_code)] = f"{page} {pairs} as {who}: {response.text[:600]}"


for page in plan["pages"]:
    for who in plan["tokens"]:
        run(questions(page), look, who)

json.dump({"requests": sum(sum(counts.values()) for counts in statuses.values()),
           "statuses": {label: {str(code): count for code, count in counts.items()}
                        for label, counts in statuses.items()},
           "findings": list(findings.values())}, sys.stdout)
