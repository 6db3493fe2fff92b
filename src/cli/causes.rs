//! Causes on the command line: the tables with a user's own, the pages about them, and their names.

use super::args::CausesArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::diagnose::{self, Diagnoser};
use crate::harness::own_causes;
use crate::knowledge::causes::{self, Family};
use std::fmt::Write as _;
use std::sync::Arc;

/// The tables that come with fluxprobe, and the user's own: of the flags, else of the configuration.
///
/// # Errors
/// Where a file cannot be read or is not right.
pub(super) fn diagnoser(session: &Session, args: &CausesArgs) -> Result<Arc<Diagnoser>, Failure> {
    Diagnoser::with(&own(session, args)?).map_err(|error| Failure::new(Exit::BadInput, error))
}

/// The user's own tables.
pub(super) fn own(session: &Session, args: &CausesArgs) -> Result<Vec<Family>, Failure> {
    if !args.causes.is_empty() {
        return Ok(own_causes(&args.causes)?);
    }
    Ok(own_causes(&session.configuration()?.causes())?)
}

/// The page about the cause `slug`, or a line for every cause where none is named.
///
/// # Errors
/// Where there is no such cause; the nearest name is told.
pub(super) fn page(slug: &str, own: &[Family]) -> Result<String, Failure> {
    let builtin = causes::builtin().map_err(|error| Failure::new(Exit::BadInput, error))?;
    let families: Vec<&Family> = builtin.iter().chain(own).collect();
    if slug.is_empty() {
        return list(&families);
    }
    let all = || families.iter().flat_map(|family| &family.causes);
    // A user's own cause takes the place of one that comes with fluxprobe.
    if let Some(cause) = all().rev().find(|cause| cause.slug == slug) {
        return diagnose::page(cause).map_err(|error| Failure::new(Exit::BadInput, error));
    }
    let nearest = all()
        .map(|cause| (strsim::osa_distance(slug, &cause.slug), &cause.slug))
        .chain(
            all()
                .filter(|cause| cause.slug.contains(slug))
                .map(|cause| (0, &cause.slug)),
        )
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance);
    let hint = match nearest {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => "`fluxprobe explain --cause` lists all".to_owned(),
    };
    Err(Failure::new(
        Exit::Usage,
        format!("there is no cause `{slug}`; {hint}"),
    ))
}

fn list(families: &[&Family]) -> Result<String, Failure> {
    let slugs = families.iter().flat_map(|family| &family.causes);
    let width = slugs.map(|cause| cause.slug.len()).max().unwrap_or(0);
    let mut text = String::new();
    for family in families {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", family.family);
        for cause in &family.causes {
            let title =
                diagnose::title(cause).map_err(|error| Failure::new(Exit::BadInput, error))?;
            let _ = writeln!(text, "  {:width$}  {title}", cause.slug);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_has_a_page_and_a_misspelt_one_is_guessed() {
        let shown = page("apim_key_missing", &[]).unwrap();
        assert!(shown.starts_with("### `apim_key_missing`"), "{shown}");
        let failure = page("apim_key_mising", &[]).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(
            failure.text.ends_with("did you mean `apim_key_missing`?"),
            "{}",
            failure.text
        );
        let failure = page("zebra", &[]).unwrap_err();
        assert!(failure.text.contains("--cause` lists all"));
    }

    #[test]
    fn every_cause_is_listed_with_its_title() {
        let all = page("", &[]).unwrap();
        let builtin = causes::builtin().unwrap();
        for cause in builtin.iter().flat_map(|family| &family.causes) {
            let line = all.lines().find(|line| line.contains(&cause.slug));
            assert!(line.is_some_and(|line| line.len() > cause.slug.len() + 6));
        }
    }
}
