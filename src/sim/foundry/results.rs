//! Results behind links: where an account answers with `url`, the picture waits on a storage host for a day.

use super::answer::Answer;
use super::hosts::RESULTS_HOST;
use super::studio::Recipe;
use crate::sim::clock::http_date;
use crate::sim::draw;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How long a link is good.
const LIFE: Duration = Duration::from_secs(24 * 3600);
/// Links that are remembered; the oldest is forgotten first. A link keeps a recipe, not a picture.
const MOST_LINKS: usize = 256;

/// All links that were given.
#[derive(Debug, Default)]
pub(super) struct Results {
    links: Mutex<VecDeque<Link>>,
}

#[derive(Debug, Clone)]
struct Link {
    path: String,
    query: String,
    from: SystemTime,
    until: SystemTime,
    recipe: Arc<Recipe>,
}

impl Results {
    /// Makes a link to what `recipe` gives, good for a day from `now`.
    pub(super) fn keep(&self, recipe: Recipe, now: SystemTime) -> String {
        let id = draw::fresh_guid();
        let extension = recipe.container().media_type().trim_start_matches("image/");
        let path = format!("/private/images/{id}/generated_00.{extension}");
        let (from, until) = (now, now + LIFE);
        let signature = STANDARD.encode(draw::bytes(0, &id, 32));
        let query = format!(
            "se={}&sig={}&ske={}&skoid={}&sks=b&skt={}&sktid={}&skv=2020-10-02&sp=r&spr=https&sr=b&sv=2020-10-02",
            stamp(until).replace(':', "%3A"),
            utf8_percent_encode(&signature, NON_ALPHANUMERIC),
            stamp(until).replace(':', "%3A"),
            draw::guid(1, &id),
            stamp(from).replace(':', "%3A"),
            draw::guid(2, &id),
        );
        let url = format!("https://{RESULTS_HOST}{path}?{query}");
        let recipe = Arc::new(recipe);
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if links.len() == MOST_LINKS {
            links.pop_front();
        }
        links.push_back(Link {
            path,
            query,
            from,
            until,
            recipe,
        });
        url
    }

    /// What a link leads to at `now`, or the storage service's refusal.
    pub(super) fn find(&self, uri: &Uri, now: SystemTime) -> Result<Arc<Recipe>, Answer> {
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let link = links.iter().find(|link| link.path == uri.path());
        let Some(query) = uri.query().filter(|query| query.contains("sig=")) else {
            return Err(problem(
                409,
                "PublicAccessNotPermitted",
                "Public access is not permitted on this storage account.",
                "",
                now,
            ));
        };
        let Some(link) = link else {
            return Err(problem(
                404,
                "BlobNotFound",
                "The specified blob does not exist.",
                "",
                now,
            ));
        };
        let detail = if link.query != query {
            "Signature did not match. String to sign used was r".to_owned()
        } else if now >= link.until {
            format!(
                "Signature not valid in the specified time frame: Start [{}] - Expiry [{}] - Current [{}]",
                http_date(link.from),
                http_date(link.until),
                http_date(now)
            )
        } else {
            return Ok(link.recipe.clone());
        };
        Err(problem(
            403,
            "AuthenticationFailed",
            "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
            &format!("<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>"),
            now,
        ))
    }
}

/// An error of Azure Storage: XML behind a byte order mark.
fn problem(status: u16, code: &str, message: &str, detail: &str, now: SystemTime) -> Answer {
    let id = draw::fresh_guid();
    let time = stamp(now);
    let mut answer = Answer::new(
        status,
        format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}\nRequestId:{id}\nTime:{time}</Message>{detail}</Error>"
        ),
    );
    answer.headers = vec![("content-type", "application/xml".to_owned())];
    answer.with("x-ms-error-code", code)
}

/// RFC 3339 to the second.
pub(super) fn stamp(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}
