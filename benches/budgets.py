#!/usr/bin/env python3
"""Measures fluxprobe's budgets on a release build and prints each figure beside its bound.

usage: benches/budgets.py [RUNS]      (after cargo build --release)

Whole processes, from outside: wall clock and peak resident memory as the system counts them; medians of RUNS (5).
Timings are noisy: compare figures of one sitting only.
"""

import base64
import datetime
import http.server
import json
import os
import pathlib
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/fluxprobe"
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
LETTERS = "ABCDEFGHIJKL"
DEPLOYMENTS = {"FLUX-1.1-pro": "FLUX-1.1-pro", "kontext": "FLUX.1-Kontext-pro", "second": "FLUX-1.1-pro"}

SCENARIO = """\
id: x{low}
name: cell {letter}
title: one picture that decodes
steps:
  - name: picture
    generate:
      prompt: "scenario {letter}: a red bicycle against a brick wall"
      size: 1024x1024
    paced: false
    expect:
      - status == 200
      - headers['content-type'] is contains_ci('application/json')
      - pictures | length == 1
      - picture.decodes
      - picture.container == 'png'
"""

CONFIG = """\
targets:
{targets}"""

TARGET = """\
  - deployment: {name}
    model: {model}
    account: bench
    endpoint: {base}
    key_from: BENCH_KEY
    requests_per_minute: 100000
"""


def measure(arguments, expected, cwd=None, extra=None, runs=RUNS):
    """Median wall seconds and peak MiB of a command that must end with the expected code."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **(extra or {})}
    walls, peaks = [], []
    for _ in range(runs + 1):
        with tempfile.TemporaryFile() as output:
            began = time.perf_counter()
            process = subprocess.Popen(
                [PROGRAM, *arguments], stdout=output, stderr=subprocess.STDOUT, cwd=cwd, env=environment
            )
            _, status, usage = os.wait4(process.pid, 0)
            walls.append(time.perf_counter() - began)
            process.returncode = os.waitstatus_to_exitcode(status)
            peaks.append(usage.ru_maxrss / 1024)
            if process.returncode != expected:
                output.seek(0)
                sys.exit(f"{arguments} ended with {process.returncode}:\n{output.read().decode()[-4000:]}")
    return statistics.median(walls[1:]), statistics.median(peaks[1:])


def png(kib):
    """A PNG of noise whose base64 text is about so many KiB."""
    side = int((kib * 768 / 3) ** 0.5)
    rows = b"".join(b"\0" + os.urandom(side * 3) for _ in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(rows, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def crowded():
    """An inventory of the same size in which every deployment is FLUX and every operation leads to every account."""
    xml = "<policies><inbound><base/>{}</inbound><backend><base/></backend><outbound/><on-error/></policies>"
    choose = (
        '<choose><when condition="@(context.Request.Headers.GetValueOrDefault("x","") == "y")">'
        "<include-fragment fragment-id='f'/></when></choose>"
    )
    model = {"format": "Black Forest Labs", "name": "FLUX-1.1-pro", "version": "1"}
    limits = [{"key": "request", "count": 6.0, "renewal_period": 60.0}]

    def deployment(number):
        sku = {"name": "GlobalStandard", "capacity": 6}
        return {"name": f"flux{number}", "model": model, "sku": sku, "rate_limits": limits, "family": "flux-1.1-pro"}

    def operation(number):
        template = f"/t{number}/deployments/{{d}}/images/generations"
        return {"name": f"op{number}", "method": "POST", "url_template": template, "policy": xml.format(choose)}

    def api(number):
        return {
            "name": f"api{number}",
            "path": f"p{number}/openai",
            "is_subscription_required": True,
            "key_names": {"header": "api-key", "query": "api-key"},
            "operations": [operation(each) for each in range(30)],
            "policy": xml.format(f'<set-backend-service backend-id="pool"/>{choose}'),
        }

    def url(number):
        return f"https://a{number}.cognitiveservices.azure.com"

    names = [f"a{number}" for number in range(200)]
    accounts = [
        {"name": name, "location": "uksouth", "endpoint": url(at), "deployments": [deployment(d) for d in range(20)]}
        for at, name in enumerate(names)
    ]
    backends = [
        {"name": name, "url": f"{url(at)}/openai", "managed_identity_resource": "https://cognitiveservices.azure.com"}
        for at, name in enumerate(names)
    ]
    backends.append({"name": "pool", "pool": [{"backend": name, "priority": 1, "weight": 1} for name in names]})
    fragment = "<fragment><set-header name='q'><value>1</value></set-header></fragment>"
    gateway = {"name": "g", "url": "https://g.azure-api.net", "apis": [api(each) for each in range(50)]}
    gateway |= {"backends": backends, "fragments": {"f": fragment}}
    return {
        "schema_version": 1,
        "taken_at": "2026-11-21T12:00:00Z",
        "accounts": accounts,
        "gateways": [gateway],
        "routes": [],
        "gaps": [],
    }


def serve(kib):
    """A plain HTTP server that answers every POST with one picture."""
    answer = b'{"created":1760000000,"data":[{"b64_json":"' + base64.b64encode(png(kib)) + b'"}]}'

    class Answer(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def cells(folder, server):
    """36 cells, 12 letters on 3 deployments, as scenario files and a configuration."""
    scenarios = pathlib.Path(folder) / "cells"
    scenarios.mkdir()
    for letter in LETTERS:
        (scenarios / f"x{letter.lower()}.yaml").write_text(SCENARIO.format(letter=letter, low=letter.lower()))
    base = f"http://127.0.0.1:{server.server_address[1]}"
    targets = "".join(TARGET.format(name=name, model=model, base=base) for name, model in DEPLOYMENTS.items())
    (pathlib.Path(folder) / "fluxprobe.yaml").write_text(CONFIG.format(targets=targets))
    return ["run", "--scenarios", "cells", "--jobs", "12", "-q"]


def exchanges(folder, count):
    """So many recorded failures of all hops, a line each: short and long, whole and wrapped, with and without headers."""
    azure = "https://a.openai.azure.com/openai/deployments/flux/images/generations?api-version=2025-04-01-preview"
    gateway = "https://apim-x.azure-api.net/inference/openai/deployments/flux/images/edits?api-version=2025-04-01-preview"
    page = "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>" + "<p>words</p>" * 500
    kinds = [
        {"request": {"url": gateway}, "response": {"status": 404, "body": '{ "statusCode": 404, "message": "Resource not found" }'}},
        {"request": {"url": azure}, "response": {"status": 404, "body": '{"error":{"code":"404","message": "Resource not found"}}'}},
        {"request": {"url": azure, "headers": {"api-key": "x"}}, "response": {"status": 401, "headers": {"apim-request-id": "1"}, "body": '{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}'}},
        {"response": {"body": "openai.BadRequestError: Error code: 400 - {'error': {'code': 'content_filter', 'innererror': {'content_filter_result': {'violence': {'filtered': True, 'severity': 'medium'}}}}}"}},
        {"response": {"status": 503, "headers": {"server": "envoy"}, "body": "upstream connect error or disconnect/reset before headers. reset reason: overflow"}},
        {"response": {"status": 403, "headers": {"server": "cloudflare"}, "body": page}},
        {"transport_error": {"kind": "other", "text": "requests.exceptions.SSLError: certificate verify failed: unable to get local issuer certificate (_ssl.c:1010)"}},
        {"transport_error": {"kind": "tcp", "text": "Error: connect ETIMEDOUT 104.18.7.192:443"}},
        {"response": {"status": 400, "body": '{"error":"invalid_request","error_description":"AADSTS90002: Tenant \'null\' not found.","error_codes":[90002]}'}},
        {"response": {"status": 422, "body": '{"title":"Invalid version or not permitted","detail":"The specified version does not exist","status":422}'}},
        {"response": {"status": 503, "body": '{"error":{"message":"当前分组 default 下对于模型 flux 无可用渠道","type":"new_api_error"}}'}},
        {"response": {"status": 500}},
    ]
    path = pathlib.Path(folder) / "exchanges.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps({"id": number, **kinds[number % len(kinds)]}, ensure_ascii=False) + "\n")
    return str(path)


def remembered(folder, results):
    """A history of so many results: one real run, and the same on as many days as it takes."""
    path = pathlib.Path(folder) / "history.db"
    measure(["run", "--world", "phase-1.5", "-q", "--history", str(path)], 4)
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM runs WHERE id > 1")
        database.execute("DELETE FROM results WHERE run > 1")
        (cases,) = database.execute("SELECT count(*) FROM results").fetchone()
        begun = datetime.datetime(2026, 1, 1)
        for run in range(2, results // cases + 2):
            date = (begun - datetime.timedelta(hours=run)).isoformat(timespec="milliseconds") + "Z"
            database.execute("INSERT INTO runs VALUES (?, ?, 1000, ?)", (run, date, f"{date} {run}"))
            database.execute(
                "INSERT INTO results SELECT ?, subject, verdict, ms * (0.8 + 0.4 * abs(random() % 1000) / 1000.0),"
                " elapsed_ms, images, spent_usd, possibly_spent_usd FROM results WHERE run = 1",
                (run,),
            )
    return str(path)


def reported(folder, arguments, row):
    """What every format at once adds to that run: run in turns, so that what else the machine does falls on both."""
    walls, peaks = [], []
    for _ in range(RUNS):
        plain, low = measure(arguments, 0, cwd=folder, extra={"BENCH_KEY": "k"}, runs=1)
        whole, high = measure([*arguments, "--output-dir", "out"], 0, cwd=folder, extra={"BENCH_KEY": "k"}, runs=1)
        walls.append(whole - plain)
        peaks.append(high - low)
    written = sum(path.stat().st_size for path in (pathlib.Path(folder) / "out").iterdir())
    row("every format of that run, added", statistics.median(walls) * 1e3, 150, "ms")
    row("every format of that run, added to the peak", statistics.median(peaks), 64, "MiB")
    row("every format of that run, written", written / 1e6, 2, "MB")


def main():
    if not PROGRAM.exists():
        sys.exit("no release build: cargo build --release")
    rows = []

    def row(what, figure, bound, unit):
        rows.append((what, figure, bound, unit, figure <= bound))

    wall, _ = measure(["--version"], 0)
    row("fluxprobe --version", wall * 1e3, 10, "ms")
    wall, peak = measure(["run", "--world", "phase-1.5", "-q"], 4)
    row("run --world phase-1.5", wall, 5, "s")
    row("run --world phase-1.5, peak", peak, 100, "MiB")
    wall, peak = measure(["discover", "--world", "generated:200x20x50x30", "--format", "json"], 0)
    row("discover 200 accounts x 20 deployments, 50 APIs x 30 operations", wall, 2, "s")
    row("the same, peak", peak, 100, "MiB")
    with tempfile.TemporaryDirectory() as folder:
        saved = str(pathlib.Path(folder) / "inventory.json")
        measure(["discover", "--world", "generated:200x20x50x30", "-o", saved], 0)
        wall, _ = measure(["audit", "--inventory", saved, "-q"], 4)
    row("audit of that inventory", wall * 1e3, 300, "ms")
    with tempfile.TemporaryDirectory() as folder:
        saved = pathlib.Path(folder) / "inventory.json"
        saved.write_text(json.dumps(crowded()))
        wall, _ = measure(["audit", "--inventory", str(saved), "-q"], 0)
    row("audit where every operation draws and leads everywhere", wall * 1e3, 300, "ms")
    for kib, name in ((1, "36 small cells, 12 at a time"), (2048, "36 cells with 2 MiB pictures, 12 at a time")):
        server = serve(kib)
        with tempfile.TemporaryDirectory() as folder:
            arguments = cells(folder, server)
            wall, peak = measure(arguments, 0, cwd=folder, extra={"BENCH_KEY": "k"})
            row(name, wall * 1e3, float("inf"), "ms")
            row(f"{name}, peak", peak, 48, "MiB")
            if kib > 1:
                reported(folder, arguments, row)
        server.shutdown()
    with tempfile.TemporaryDirectory() as folder:
        wall, peak = measure(["explain", "--format", "jsonl", exchanges(folder, 10_000)], 0, cwd=folder)
    row("explain of 10,000 exchanges", wall, 2, "s")
    row("the same, peak", peak, 100, "MiB")
    with tempfile.TemporaryDirectory() as folder:
        wall, _ = measure(["history", "--history", remembered(folder, 100_000)], 0, cwd=folder)
    row("history of 100,000 results", wall * 1e3, 300, "ms")
    row("binary", PROGRAM.stat().st_size / 2**20, 20, "MiB")

    print(f"medians of {RUNS} runs after one warm-up")
    for what, figure, bound, unit, holds in rows:
        limit = "" if bound == float("inf") else f"within {bound:g} {unit}: {'yes' if holds else 'NO'}"
        print(f"{what:66} {figure:9.1f} {unit:4} {limit}")
    sys.exit(0 if all(holds for *_, holds in rows) else 1)


if __name__ == "__main__":
    main()
