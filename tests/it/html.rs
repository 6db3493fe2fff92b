//! The HTML report in a browser: Debian's `chromium`, driven by `chromedriver` over plain HTTP.

use super::program::Desk;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Text that does something wherever it is not escaped.
const EVIL: &str = "</script></style></title></textarea><script>window.owned=1</script><img src=x onerror='window.owned=1'>\" onload=\"window.owned=1\u{202e}\u{1b}[2J";

/// A browser with one window, stopped when dropped.
struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    fn start() -> Self {
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = driver
            .expect("chromium and chromium-driver are installed (tests/run does it on Debian)");
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.strip_prefix("ChromeDriver was started successfully on port ")?
                .trim_end_matches('.')
                .parse()
                .ok()
        });
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Browser {
            driver,
            port: port.expect("chromedriver tells its port"),
            session: String::new(),
            _profile: profile,
        };
        let folder = format!("--user-data-dir={}", browser._profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--window-size=1200,900",
            &folder,
        ];
        let asked = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let session = browser.call("POST", "/session", &asked);
        browser.session = session["sessionId"]
            .as_str()
            .unwrap_or_else(|| panic!("{session}"))
            .to_owned();
        browser
    }

    /// Opens a file and gives what the console said of it.
    fn open(&self, path: &std::path::Path) -> Vec<String> {
        self.ask("url", &json!({"url": format!("file://{}", path.display())}));
        self.console()
    }

    fn console(&self) -> Vec<String> {
        let log = self.ask("se/log", &json!({"type": "browser"}));
        let entries = log.as_array().unwrap_or_else(|| panic!("no log: {log}"));
        entries
            .iter()
            .map(|entry| entry["message"].to_string())
            .collect()
    }

    /// Value of a JavaScript expression.
    fn value(&self, expression: &str) -> Value {
        self.ask(
            "execute/sync",
            &json!({"script": format!("return {expression}"), "args": []}),
        )
    }

    fn ask(&self, what: &str, body: &Value) -> Value {
        self.call("POST", &format!("/session/{}/{what}", self.session), body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let body = if method == "DELETE" {
            String::new()
        } else {
            body.to_string()
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            answer.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut json = vec![0; length];
        answer.read_exact(&mut json).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        json["value"].clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            self.call(
                "DELETE",
                &format!("/session/{}", self.session),
                &Value::Null,
            );
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Puts hostile text into everything that a server, a scenario or a diagnosis says.
fn poison(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(poison),
        Value::Object(members) => {
            for (name, member) in members {
                let is_said = [
                    "why", "title", "name", "body", "reason", "text", "command", "that", "value",
                    "at",
                ]
                .contains(&name.as_str());
                match member {
                    Value::String(text) if is_said => text.push_str(EVIL),
                    Value::Array(texts) if name == "evidence" => texts.push(EVIL.into()),
                    Value::Array(pairs) if name == "headers" => pairs.push(json!(["x-evil", EVIL])),
                    _ => poison(member),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn the_page_works_in_a_browser() {
    let desk = Desk::new();
    desk.run(&[
        "run",
        "--world",
        "phase-1.5",
        "B",
        "I",
        "K",
        "--history",
        "h.db",
        "-o",
        "run.json",
        "-o",
        "run.html",
    ])
    .expect(4);
    let mut hostile = desk.json("run.json");
    poison(&mut hostile);
    desk.write("hostile.json", &hostile.to_string());
    desk.run(&["report", "hostile.json", "-o", "hostile.html"])
        .expect(0);
    let browser = Browser::start();
    let visible = |query: &str| {
        browser.value(&format!(
            "[...document.querySelectorAll({query:?})].filter(e => e.checkVisibility()).length"
        ))
    };

    assert_eq!(browser.open(&desk.path("run.html")), Vec::<String>::new());
    assert_eq!(visible("#matrix tbody tr"), 3);
    assert_eq!(visible("#matrix td[data-verdict]"), 6);
    assert_eq!(visible("details.case"), 6);
    assert_eq!(visible("details.case[open]"), 1, "what failed is open");
    let decoded = browser
        .value("Promise.all([...document.images].map(i => i.decode())).then(all => all.length)");
    assert_eq!(decoded, 2, "the pictures of B");
    assert_eq!(
        browser.value("document.querySelectorAll('#matrix th:not([scope])').length"),
        0
    );

    // Filters.
    let choose = |name: &str, value: &str| {
        browser.value(&format!("(() => {{ const s = document.querySelector('select[name={name}]'); s.value = {value:?}; s.dispatchEvent(new Event('change', {{ bubbles: true }})); return s.value; }})()"))
    };
    assert_eq!(choose("verdict", "fail"), "fail");
    assert_eq!(visible("#matrix tbody tr"), 1);
    assert_eq!(visible("details.case"), 1);
    assert_eq!(
        browser.value("document.getElementById('shown').textContent"),
        "1 of 6 cases"
    );
    choose("verdict", "");
    choose("letter", "K");
    assert_eq!(visible("#matrix tbody tr"), 1);
    assert_eq!(visible("details.case"), 2);
    assert_eq!(visible(".trend tr[data-letter]"), 2);
    choose("letter", "");
    choose("column", "0");
    assert_eq!(visible("#matrix td[data-verdict]"), 3);
    assert_eq!(visible("#matrix thead th"), 2);
    assert_eq!(visible("details.case"), 3);
    assert_eq!(visible(".trend tr[data-letter]"), 3);
    browser.value("document.querySelector('#filters button[type=reset]').click()");
    browser.ask(
        "execute/async",
        &json!({"script": "setTimeout(arguments[0], 0)", "args": []}),
    );
    assert_eq!(visible("details.case"), 6);

    // A cell opens its case, and the theme changes.
    let opened = browser.value("(() => { const a = document.querySelector('#matrix td a'); a.click(); return a.getAttribute('href').slice(1); })()");
    browser.ask(
        "execute/async",
        &json!({"script": "setTimeout(arguments[0], 50)", "args": []}),
    );
    assert_eq!(
        browser.value(&format!("document.getElementById({opened}).open")),
        true
    );
    let ink = || browser.value("getComputedStyle(document.body).color");
    let light = ink();
    browser.value("document.getElementById('theme').click()");
    assert_ne!(ink(), light);
    assert_eq!(browser.console(), Vec::<String>::new());

    // Hostile text does nothing.
    assert_eq!(
        browser.open(&desk.path("hostile.html")),
        Vec::<String>::new()
    );
    assert_eq!(browser.value("window.owned === undefined"), true);
    assert_eq!(browser.value("document.scripts.length"), 1);
    assert_eq!(
        browser
            .value("[...document.images].every(i => i.src.startsWith('data:image/jpeg;base64,'))"),
        true
    );
    assert_eq!(
        browser.value("/[\\u202e\\u001b]/.test(document.documentElement.textContent)"),
        false
    );
    assert_eq!(
        browser
            .value("document.body.textContent.includes(\"<img src=x onerror='window.owned=1'>\")"),
        true
    );
    assert_eq!(
        browser.value("document.querySelectorAll('[onload],[onerror]').length"),
        0
    );
    assert_eq!(visible("details.case"), 6);
}
