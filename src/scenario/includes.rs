//! Where included files come from.

use std::path::Path;

/// Gives the text of included files.
pub trait Includes {
    /// The text of the file at `path`, which is relative to the same place as the name of the file that includes it.
    ///
    /// # Errors
    /// Why it cannot be had, in a few words.
    fn text(&self, path: &str) -> Result<String, String>;
}

/// Files of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Includes for Disk {
    fn text(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(Path::new(path)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".into(),
            _ => error.to_string(),
        })
    }
}

/// No includes at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Includes for Nothing {
    fn text(&self, _: &str) -> Result<String, String> {
        Err("nothing can be included here".into())
    }
}

/// The path `path`, written in `file`, as seen from where the name of `file` is seen. `.` and `..` are resolved.
pub(super) fn beside(file: &str, path: &str) -> String {
    if Path::new(path).is_absolute() {
        return path.to_owned();
    }
    let is_absolute = file.starts_with('/');
    let mut parts: Vec<&str> = file
        .split(['/', '\\'])
        .filter(|part| !part.is_empty())
        .collect();
    parts.pop();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            (part, _) => parts.push(part),
        }
    }
    format!("{}{}", if is_absolute { "/" } else { "" }, parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_include_is_looked_for_beside_its_file() {
        assert_eq!(
            beside("scenarios/a.yaml", "shared/x.yaml"),
            "scenarios/shared/x.yaml"
        );
        assert_eq!(beside("/home/u/a.yaml", "../b/./x.yaml"), "/home/b/x.yaml");
        assert_eq!(beside("a.yaml", "../x.yaml"), "../x.yaml");
        assert_eq!(beside("../a.yaml", "../x.yaml"), "../../x.yaml");
        assert_eq!(beside("a.yaml", "/etc/x.yaml"), "/etc/x.yaml");
    }
}
