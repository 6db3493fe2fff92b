//! Forms: `multipart/form-data` (RFC 7578) as the edits operation takes it.

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) name: String,
    pub(super) filename: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) content: &'a [u8],
}

/// Splits `body` by the boundary that `content_type` names; `None` where it is no such form.
pub(super) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let (kind, _) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(content_type, "boundary")?;
    let first = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let mut rest = &body[find(body, first.as_bytes())? + first.len()..];
    let mut parts = Vec::new();
    while let Some(after) = rest.strip_prefix(b"\r\n") {
        let end = find(after, between.as_bytes())?;
        parts.push(part(&after[..end])?);
        rest = &after[end + between.len()..];
    }
    rest.starts_with(b"--").then_some(parts)
}

fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let (head, content) = match bytes.strip_prefix(b"\r\n") {
        Some(content) => (&bytes[..0], content),
        None => {
            let end = find(bytes, b"\r\n\r\n")?;
            (&bytes[..end], &bytes[end + 4..])
        }
    };
    let head = String::from_utf8_lossy(head);
    let header = |wanted: &str| {
        head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim()
                .eq_ignore_ascii_case(wanted)
                .then(|| value.trim().to_owned())
        })
    };
    let disposition = header("content-disposition")?;
    Some(Part {
        name: parameter(&disposition, "name")?,
        filename: parameter(&disposition, "filename"),
        content_type: header("content-type"),
        content,
    })
}

/// A parameter of a header value, its quotes taken off.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|piece| {
        let (name, value) = piece.split_once('=')?;
        let value = value.trim();
        let bare = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .unwrap_or(value);
        name.trim()
            .eq_ignore_ascii_case(wanted)
            .then(|| bare.to_owned())
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, others) = needle.split_first()?;
    let mut from = 0;
    loop {
        let at = from + haystack[from..].iter().position(|byte| byte == first)?;
        if haystack[at + 1..].starts_with(others) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=b";

    #[test]
    fn a_form_is_split_into_its_parts() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nmake it\r\nsnow\r\n--b\r\n\
            Content-Disposition: form-data; name=\"image\"; filename=\"in.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\r\n\0--b\r\n--b--\r\n";
        let parts = parts(KIND, body).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].name, "prompt");
        assert_eq!(parts[0].content, b"make it\r\nsnow");
        assert_eq!(parts[0].content_type, None);
        assert_eq!(parts[1].filename.as_deref(), Some("in.png"));
        assert_eq!(parts[1].content_type.as_deref(), Some("image/png"));
        assert_eq!(parts[1].content, b"\x89PNG\r\n\r\n\0--b");
    }

    #[test]
    fn what_is_no_whole_form_is_none() {
        for (kind, body) in [
            (
                KIND,
                &b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut"[..],
            ),
            (KIND, b"--other\r\n\r\n--other--"),
            (KIND, b""),
            ("multipart/form-data", b"--b--"),
            ("application/json; boundary=b", b"--b--"),
            (KIND, b"--b\r\nno disposition\r\n\r\nx\r\n--b--"),
        ] {
            assert_eq!(parts(kind, body), None, "{kind} {body:?}");
        }
        assert_eq!(parts(KIND, b"--b--"), Some(vec![]));
    }
}
