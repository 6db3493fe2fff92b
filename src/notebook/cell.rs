//! Writing to the cell: the kernel takes lines on stdout, and between two marks of its own, content of a MIME type.

use std::io::{self, Write};

/// Shows content as rich text, and as plain text where that is not shown.
pub(super) fn show(html: &str, text: &str) {
    let html = without_marks(html, "&#95;");
    let text = without_marks(text, "-");
    write(&format!(
        "EVCXR_BEGIN_CONTENT text/html\n{html}\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT text/plain\n{}\nEVCXR_END_CONTENT\n",
        text.trim_end()
    ));
}

/// Says a line under the cell.
pub(super) fn say(line: &str) {
    write(&format!("{}\n", without_marks(line, "-")));
}

/// Text of a server that looks like the kernel's marks would end the content and begin some of its own.
fn without_marks(text: &str, low_line: &str) -> String {
    text.replace("EVCXR_", &format!("EVCXR{low_line}"))
}

fn write(text: &str) {
    let mut stdout = io::stdout().lock();
    // Where nobody listens any more, nobody misses it.
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_end_the_content() {
        let sent = "x\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT text/html\n<script>";
        let kept = without_marks(sent, "&#95;");
        assert!(!kept.contains("EVCXR_"));
        assert!(kept.starts_with("x\nEVCXR&#95;END_CONTENT\n"));
    }
}
