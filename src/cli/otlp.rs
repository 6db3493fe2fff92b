//! Handing the traces of a run to an OTLP/HTTP collector.

use super::args_again::TellArgs;
use super::output;
use super::session::{Opened, Session};
use crate::harness::Environment;
use crate::model::Report;
use crate::report::{Document, Style, escape, format_named};
use percent_encoding::percent_decode_str;
use url::Url;

/// Where a collector takes traces, below its base URL (OpenTelemetry Protocol Specification, OTLP/HTTP).
const TRACES: &str = "v1/traces";

/// Hands them over, where anybody asked for it. The run has its own result: what fails here is only told.
pub(super) async fn hand_over(
    session: &Session,
    opened: &Opened,
    args: &TellArgs,
    report: &Report,
) {
    // What is configured for the real internet has no meaning in another.
    let environment = match session.global.world {
        Some(_) => Environment::default(),
        None => session.environment.clone(),
    };
    let Some(url) = collector(args, &environment) else {
        return;
    };
    if let Err(why) = hand(opened, url, &environment, report).await {
        let why = escape::terminal(&why);
        output::message(&format!(
            "warning: the traces were not handed over: {why}\n"
        ));
    }
}

async fn hand(
    opened: &Opened,
    url: Result<Url, String>,
    environment: &Environment,
    report: &Report,
) -> Result<(), String> {
    let url = url?;
    let Some(format) = format_named("otlp") else {
        return Ok(());
    };
    let document = format.render(Document::Report(report), &Style::default());
    let document = document.map_err(|error| error.to_string())?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let headers = headers(environment);
    let handed = opened
        .harness
        .hand_over(url, headers, "application/json", document);
    match handed.await {
        Ok(200..=299) => Ok(()),
        Ok(status) => Err(format!(
            "{host} answered {status}; check --otlp and its headers"
        )),
        Err(why) => Err(format!("{host}: {why}; check --otlp")),
    }
}

/// Where the traces go: the flag, the variable for traces, the one for everything.
fn collector(args: &TellArgs, environment: &Environment) -> Option<Result<Url, String>> {
    if let Some(url) = &args.otlp {
        return Some(Ok(below(url)));
    }
    let read = |name: &str| {
        let text = environment.get(name)?;
        let url = Url::parse(text);
        Some(url.map_err(|error| format!("{name} is no URL: {error}")))
    };
    read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        .or_else(|| Some(read("OTEL_EXPORTER_OTLP_ENDPOINT")?.map(|url| below(&url))))
}

/// The URL for traces of a collector, unless it is that already.
fn below(base: &Url) -> Url {
    let mut url = base.clone();
    let path = base.path().trim_end_matches('/');
    if !path.ends_with(TRACES) {
        url.set_path(&format!("{path}/{TRACES}"));
    }
    url
}

/// `OTEL_EXPORTER_OTLP_HEADERS`: `name=value` with commas between, the values percent-encoded.
fn headers(environment: &Environment) -> Vec<(String, String)> {
    let names = [
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "OTEL_EXPORTER_OTLP_HEADERS",
    ];
    let text = names.iter().find_map(|name| environment.get(name));
    let pairs = text.unwrap_or_default().split(',');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| {
            let value = percent_decode_str(value.trim()).decode_utf8_lossy();
            (name.trim().to_owned(), value.into_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args_again::Annotate;

    fn url(flag: Option<&str>, variables: &[(&str, &str)]) -> Option<String> {
        let args = TellArgs {
            annotate: Annotate::Never,
            otlp: flag.map(|text| text.parse().unwrap()),
        };
        let found = collector(&args, &Environment::of(variables))?;
        Some(found.map_or_else(|why| why, String::from))
    }

    #[test]
    fn the_flag_wins_then_the_variable_for_traces_then_the_one_for_all() {
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318/base/");
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces/own");
        let is = |found: Option<String>, wanted| assert_eq!(found.as_deref(), wanted);
        is(url(None, &[]), None);
        is(url(None, &[all]), Some("http://all:4318/base/v1/traces"));
        is(url(None, &[all, traces]), Some("http://traces/own"));
        is(
            url(Some("http://f:4318"), &[all, traces]),
            Some("http://f:4318/v1/traces"),
        );
        is(
            url(Some("http://f/v1/traces"), &[]),
            Some("http://f/v1/traces"),
        );
        let bad = url(None, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")]);
        assert!(
            bad.unwrap()
                .starts_with("OTEL_EXPORTER_OTLP_ENDPOINT is no URL")
        );
    }

    #[test]
    fn headers_are_read_as_opentelemetry_writes_them() {
        let set = [(
            "OTEL_EXPORTER_OTLP_HEADERS",
            "api-key=a%20b, x = y,nonsense",
        )];
        let pairs = headers(&Environment::of(&set));
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(pairs, [("api-key", "a b"), ("x", "y")]);
    }
}
