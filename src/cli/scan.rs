//! What is wrong with somebody's Python notebook: names of DALL-E models, URLs by the model's name, a doubled or missing
//! `/openai`, and keys in cells and outputs. Pure. A key is never repeated, whatever else stands on its line.

use super::scan_patterns::Patterns;
use regex_lite::Captures;
use serde_json::Value;

/// What a FLUX notebook calls by default.
const FLUX: &str = "FLUX-1.1-pro";
/// Stands where a key stood.
const MASK: &str = "********";

/// Something wrong on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Flaw {
    /// Which cell, and where in it.
    place: String,
    /// What is wrong, and why.
    what: String,
    /// The line, without keys.
    line: String,
    /// The line as it should be, where it can be told.
    better: Option<String>,
}

/// Looks a notebook through.
///
/// # Errors
/// With every flaw, and the line that would mend it; or where the text is no notebook.
pub(super) fn check(name: &str, text: &str) -> Result<String, String> {
    let notebook: Value = serde_json::from_str(text)
        .map_err(|error| format!("{name} is not a notebook: {error}; give an .ipynb file"))?;
    let Some(cells) = notebook["cells"].as_array() else {
        return Err(format!("{name} is not a notebook: it has no cells"));
    };
    let patterns = Patterns::new().map_err(|error| error.to_string())?;
    let flaws = scan(cells, &patterns);
    if flaws.is_empty() {
        return Ok(format!("notebook, {} cells", cells.len()));
    }
    let told: Vec<String> = flaws
        .iter()
        .map(|flaw| {
            let mut text = format!("{name}: {}: {}\n  - {}", flaw.place, flaw.what, flaw.line);
            if let Some(better) = &flaw.better {
                text.push_str(&format!("\n  + {better}"));
            }
            text
        })
        .collect();
    Err(told.join("\n"))
}

fn scan(cells: &[Value], patterns: &Patterns) -> Vec<Flaw> {
    let code: Vec<(usize, &Value)> = cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell["cell_type"] == "code")
        .collect();
    let sources: Vec<String> = code
        .iter()
        .map(|(_, cell)| joined(&cell["source"]))
        .collect();
    let paths: Vec<(String, String)> = sources
        .iter()
        .flat_map(|source| source.lines())
        .filter_map(|line| patterns.path.captures(line))
        .map(|found| (found[1].to_owned(), found[2].to_owned()))
        .collect();
    let mut flaws = Vec::new();
    for ((number, cell), source) in code.iter().zip(&sources) {
        let id = cell["id"].as_str();
        let id = id.map_or(String::new(), |id| format!(" ({})", safe(id, patterns)));
        let name = format!("cell {number}{id}");
        for (at, line) in source.lines().enumerate() {
            let place = format!("{name}, line {}", at + 1);
            in_code(&place, line, &paths, patterns, &mut flaws);
        }
        for text in outputs(cell) {
            for line in text.lines() {
                in_output(&format!("{name}, output"), line, patterns, &mut flaws);
            }
        }
    }
    flaws
}

/// What a cell has shown: keys, and URLs that it called. No line replaces it; the cell's own lines are looked at.
fn in_output(place: &str, line: &str, patterns: &Patterns, flaws: &mut Vec<Flaw>) {
    let found = [
        (
            key_in(line, patterns),
            "shows a key; clear the output, and renew the key if the file was shared",
        ),
        (
            patterns.called.is_match(line),
            "shows a call to a deployment that a FLUX account does not have",
        ),
        (
            is_by_model(line, patterns),
            "shows a call by the model's name; the gateway publishes deployments",
        ),
        (
            patterns.doubled.is_match(line),
            "shows a call with /openai twice",
        ),
    ];
    flaws.extend(found.iter().filter(|(is, _)| *is).map(|(_, what)| Flaw {
        place: place.to_owned(),
        what: (*what).to_owned(),
        line: safe(line, patterns),
        better: None,
    }));
}

fn is_by_model(text: &str, patterns: &Patterns) -> bool {
    patterns.by_model.is_match(text) && !text.contains("api.openai.com")
}

fn in_code(
    place: &str,
    line: &str,
    paths: &[(String, String)],
    patterns: &Patterns,
    flaws: &mut Vec<Flaw>,
) {
    let mut add = |what: String, better: Option<String>| {
        flaws.push(Flaw {
            place: place.to_owned(),
            what,
            line: safe(line, patterns),
            better: better.map(|better| safe(&better, patterns)),
        });
    };
    if key_in(line, patterns) {
        let better = patterns
            .key_by_name
            .is_match(line)
            .then(|| from_environment(line, patterns));
        add(
            "holds a key; take it from the environment, and renew it if the file was shared"
                .to_owned(),
            better,
        );
    }
    let code = without_comment(line);
    if let Some(found) = patterns.old_name.find(code) {
        let better = patterns
            .old_default
            .replace_all(line, |found: &Captures<'_>| {
                format!(
                    "(os.getenv({0}{1}{0}) or {0}{FLUX}{0})",
                    &found[1], &found[2]
                )
            });
        let better = patterns.old_name.replace_all(&better, FLUX).into_owned();
        add(
            format!(
                "names {}, which a FLUX account does not deploy; take a deployment that exists",
                found.as_str()
            ),
            Some(better),
        );
    }
    if is_by_model(code, patterns) {
        let better = patterns
            .by_model
            .replace_all(line, format!("$1/deployments/{FLUX}$2"));
        add(
            "calls by the model's name; the gateway publishes deployments".to_owned(),
            Some(better.into_owned()),
        );
    }
    if patterns.doubled.is_match(code) {
        let better = patterns.doubled.replace_all(line, "/openai");
        add("has /openai twice".to_owned(), Some(better.into_owned()));
    }
    if patterns.sdk.is_match(code) {
        let better = patterns.sdk.replace_all(line, "$1$2");
        add(
            "has /openai twice, because the SDK puts its own behind the endpoint".to_owned(),
            Some(better.into_owned()),
        );
    }
    if patterns.lacking.is_match(code) {
        let better = patterns.lacking.replace_all(line, "$1/openai$2");
        add(
            "lacks /openai before /deployments".to_owned(),
            Some(better.into_owned()),
        );
    }
    for (name, path) in paths {
        let has_openai = path.trim_end_matches('/').ends_with("openai");
        let doubled = format!("{{{name}}}/openai/");
        if has_openai && code.contains(&doubled) {
            add(
                format!("has /openai twice, because {name} ends in it"),
                Some(line.replace(&doubled, &format!("{{{name}}}/"))),
            );
        }
        let bare = format!("{{{name}}}/deployments/");
        if !has_openai && code.contains(&bare) {
            add(
                format!("lacks /openai, because {name} does not end in it"),
                Some(line.replace(&bare, &format!("{{{name}}}/openai/deployments/"))),
            );
        }
    }
}

/// The line with its key read from a variable.
fn from_environment(line: &str, patterns: &Patterns) -> String {
    let better = patterns
        .key_by_name
        .replace_all(line, |found: &Captures<'_>| {
            let before = found[1].trim_end_matches(['"', '\'']);
            format!("{before}os.environ[\"APIM_SUBSCRIPTION_KEY\"]\u{0}")
        });
    better
        .replace("\u{0}\"", "")
        .replace("\u{0}'", "")
        .replace('\u{0}', "")
}

fn key_in(line: &str, patterns: &Patterns) -> bool {
    let by_name = patterns.key_by_name.captures_iter(line);
    patterns.key_by_form.is_match(line) || by_name.into_iter().any(|found| is_random(&found[2]))
}

/// Whether text looks drawn by lot, as keys are and names are not: digits among letters, and few words.
fn is_random(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let has_letters = text.contains(|c: char| c.is_ascii_alphabetic());
    digits * 8 >= text.len() && has_letters && !text.contains("..")
}

/// The line without any key.
fn safe(line: &str, patterns: &Patterns) -> String {
    let line = patterns.key_by_form.replace_all(line, MASK);
    let line = patterns
        .key_by_name
        .replace_all(&line, |found: &Captures<'_>| match is_random(&found[2]) {
            true => format!("{}{MASK}", &found[1]),
            false => found[0].to_owned(),
        });
    let line = line.trim_end();
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The part of a line of Python that is no comment; a `#` inside quotes is none.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') => return &line[..at],
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    line
}

/// Texts that a cell has shown.
fn outputs(cell: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    for output in cell["outputs"].as_array().into_iter().flatten() {
        texts.push(joined(&output["text"]));
        texts.push(joined(&output["traceback"]));
        for (kind, content) in output["data"].as_object().into_iter().flatten() {
            if kind.starts_with("text/") || kind.ends_with("json") {
                texts.push(match content {
                    Value::Object(_) => content.to_string(),
                    content => joined(content),
                });
            }
        }
    }
    texts
}

/// A text that a notebook keeps whole or as lines.
fn joined(text: &Value) -> String {
    match text {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

    fn checked(source: &str, output: &str) -> Result<String, String> {
        let cells = json!({"cells": [{
            "cell_type": "code",
            "id": "cell_108_e274080d",
            "source": source,
            "outputs": [{"output_type": "stream", "text": [output]}],
        }], "nbformat": 4});
        check("a.ipynb", &cells.to_string())
    }

    /// What is proposed for a line with one flaw.
    fn better(line: &str) -> String {
        let told = checked(line, "").unwrap_err();
        let last = told.lines().last().unwrap();
        last.strip_prefix("  + ").unwrap_or(&told).to_owned()
    }

    #[test]
    fn names_of_old_are_put_right_and_a_comment_about_them_is_left() {
        assert_eq!(
            better("image_model = os.getenv('DALL_E_DEPLOYMENT', 'gpt-image-1')"),
            "image_model = (os.getenv('DALL_E_DEPLOYMENT') or 'FLUX-1.1-pro')"
        );
        assert_eq!(better("model = \"dall-e-3\""), "model = \"FLUX-1.1-pro\"");
        for fine in [
            "model = 'FLUX-1.1-pro' # was dall-e-3",
            "model = 'dall-e-3000'",
            "image_model = os.getenv('DALL_E_DEPLOYMENT') or 'FLUX-1.1-pro'",
        ] {
            assert_eq!(
                checked(fine, "").as_deref(),
                Ok("notebook, 1 cells"),
                "{fine}"
            );
        }
    }

    #[test]
    fn urls_by_model_name_become_deployment_urls() {
        assert_eq!(
            better(
                "url = f'{apim}/inference/openai/images/generations?api-version=2024-08-01-preview'"
            ),
            "url = f'{apim}/inference/openai/deployments/FLUX-1.1-pro/images/generations?api-version=2024-08-01-preview'"
        );
        for fine in [
            "url = f'{apim}/inference/openai/deployments/{model}/images/generations'",
            "url = 'https://api.openai.com/v1/images/generations'",
            "url = f'{endpoint}/openai/v1/images/generations'",
        ] {
            assert!(checked(fine, "").is_ok(), "{fine}");
        }
    }

    #[test]
    fn openai_stands_once() {
        let url =
            "url = f'{gateway}/{inference_api_path}/openai/deployments/{model}/images/generations'";
        assert_eq!(
            better(&format!("inference_api_path = 'inference/openai'\n{url}")),
            "url = f'{gateway}/{inference_api_path}/deployments/{model}/images/generations'"
        );
        assert!(checked(&format!("inference_api_path = 'inference'\n{url}"), "").is_ok());
        let bare = url.replace("/openai/", "/");
        assert_eq!(
            better(&format!("inference_api_path = 'inference'\n{bare}")),
            url
        );
        assert!(
            checked(
                &format!("inference_api_path = 'inference/openai'\n{bare}"),
                ""
            )
            .is_ok()
        );
        assert_eq!(
            better("u = base + '/inference/openai/openai/deployments/x'"),
            "u = base + '/inference/openai/deployments/x'"
        );
    }

    #[test]
    fn openai_is_missed_on_an_account_and_doubled_by_the_sdk() {
        let url = "u = 'https://a.cognitiveservices.azure.com/deployments/x/images/generations'";
        let whole = url.replace("/deployments", "/openai/deployments");
        assert_eq!(better(url), whole);
        assert!(checked(&whole, "").is_ok());
        let sdk = "c = AzureOpenAI(azure_endpoint=f\"{gateway}/inference/openai\", api_key=key)";
        assert_eq!(better(sdk), sdk.replace("/openai", ""));
        assert!(checked(&sdk.replace("/openai", ""), "").is_ok());
    }

    #[test]
    fn an_output_shows_what_was_called() {
        let base = "404 https://a.azure-api.net/inference";
        for (called, said) in [
            ("/openai/openai/deployments/x/chat", "/openai twice"),
            ("/openai/images/generations?x=1", "by the model's name"),
            ("/openai/deployments/dall-e-3/images", "does not have"),
        ] {
            let told = checked("pass", &format!("{base}{called}")).unwrap_err();
            assert!(told.contains("output: shows a call"), "{told}");
            assert!(told.contains(said), "{told}");
        }
        for fine in [
            "gpt-4o, dall-e-3, FLUX-1.1-pro",
            "200 https://a.azure-api.net/inference/openai/deployments/FLUX-1.1-pro/images/generations",
        ] {
            assert!(checked("pass", fine).is_ok(), "{fine}");
        }
    }

    #[test]
    fn keys_are_found_and_never_repeated() {
        let long = format!("{}JQQJ99BFACYeBjFXJ3w3AAABACOG", "7Kd9".repeat(12));
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl";
        for line in [
            format!("api_key = '{KEY}'"),
            format!("headers = {{'api-key': '{KEY}', 'x': 'dall-e-3'}}"),
            format!("\"Ocp-Apim-Subscription-Key\": \"{KEY}\","),
            format!("client = Client('{long}')"),
            format!("auth = 'Bearer {token}'"),
        ] {
            let told = checked(&line, "").unwrap_err();
            for secret in [KEY, &long, token] {
                assert!(!told.contains(secret), "{told}");
            }
            let told = checked("pass", &line).unwrap_err();
            assert!(told.contains("output: shows a key"), "{told}");
            assert!(
                !told.contains(KEY) && !told.contains(&long) && !told.contains(token),
                "{told}"
            );
        }
        assert_eq!(
            better(&format!("api_key = '{KEY}'")),
            "api_key = os.environ[\"APIM_SUBSCRIPTION_KEY\"]"
        );
    }

    #[test]
    fn what_only_looks_like_a_key_is_left() {
        for fine in [
            "api_key = os.environ['APIM_SUBSCRIPTION_KEY']",
            "api_key = '<your-subscription-key-goes-here>'",
            "api_key = 'your_subscription_key_goes_here'",
            "subscription_id = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'",
            "digest = '0f1e2d3c4b5a69788796a5b4c3d2e1f0'",
            "commit a606cf7a606cf7a606cf7a606cf7a606cf7a606c",
        ] {
            assert!(checked(fine, fine).is_ok(), "{fine}");
        }
    }

    #[test]
    fn what_is_no_notebook_is_told() {
        assert!(
            check("a.ipynb", "{")
                .unwrap_err()
                .contains("is not a notebook")
        );
        assert!(check("a.ipynb", "{}").unwrap_err().contains("no cells"));
    }
}
