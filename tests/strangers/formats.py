"""What other people's parsers make of the files that fluxprobe writes for them: OpenMetrics and OTLP."""

import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as prometheus_families

ID_FIELDS = ("traceId", "spanId", "parentSpanId")


def with_ids_as_protobuf(value):
    """OTLP's JSON has ids in hexadecimal, where the mapping of protobuf has base64; all else is the mapping's own."""
    if isinstance(value, list):
        return [with_ids_as_protobuf(item) for item in value]
    if isinstance(value, dict):
        return {
            key: base64.b64encode(bytes.fromhex(inner)).decode()
            if key in ID_FIELDS
            else with_ids_as_protobuf(inner)
            for key, inner in value.items()
        }
    return value


def main():
    metrics, traces = sys.argv[1:3]
    text = open(metrics, encoding="utf-8").read()
    families = list(text_string_to_metric_families(text))
    samples = [sample for family in families for sample in family.samples]
    older = [sample for family in prometheus_families(text) for sample in family.samples]
    document = json.load(open(traces, encoding="utf-8"))
    request = json_format.ParseDict(with_ids_as_protobuf(document), ExportTraceServiceRequest())
    spans = [
        span
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    for span in spans:
        assert len(span.trace_id) == 16 and len(span.span_id) == 8, span
        assert span.start_time_unix_nano <= span.end_time_unix_nano, span
    json.dump(
        {
            "families": sorted(family.name for family in families),
            "samples": len(samples),
            "samples_of_prometheus": len(older),
            "cases": {
                sample.labels["verdict"]: sample.value
                for sample in samples
                if sample.name == "fluxprobe_cases"
            },
            "spans": [
                {
                    "name": span.name,
                    "id": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "trace": span.trace_id.hex(),
                    "status": span.status.code,
                    "kind": span.kind,
                }
                for span in spans
            ],
        },
        sys.stdout,
    )


main()
