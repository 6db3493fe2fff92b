//! `.env` files.

use super::ConfigError;
use std::collections::BTreeMap;

/// The variables of a `.env` file; the last of several wins.
pub(super) fn parse(path: &str, text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut found = BTreeMap::new();
    for entry in dotenvy::from_read_iter(text.as_bytes()) {
        match entry {
            Ok((name, value)) => {
                found.insert(name, value);
            }
            Err(error) => {
                return Err(ConfigError::DotEnv {
                    path: path.to_owned(),
                    line: line_of(text, &error),
                });
            }
        }
    }
    Ok(found)
}

fn line_of(text: &str, error: &dotenvy::Error) -> usize {
    let dotenvy::Error::LineParse(line, _) = error else {
        return 1;
    };
    let start = line.lines().next().unwrap_or_default();
    text.lines()
        .position(|one| one == start)
        .map_or(1, |at| at + 1)
}
