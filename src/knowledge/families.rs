//! Model families: what each can do, at what size, price and pace.

use super::prices::Price;
use crate::model::{CallKind, Container, FamilyId, Model, RateLimit, RouteStyle, Size, Sku};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A model family and everything that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Key of the family, e.g. `flux-1.1-pro`.
    pub id: FamilyId,
    /// `model.name` as ARM spells it.
    pub model: String,
    /// Other spellings seen for the model, in lower case.
    pub aliases: Vec<String>,
    /// `model.format` as ARM spells it.
    pub format: String,
    /// Whether it answers on `/deployments/D/images/generations`.
    pub has_generations: bool,
    /// Whether it answers on `/deployments/D/images/edits`.
    pub has_edits: bool,
    /// Last segment of the publisher's own route, e.g. `flux-pro-1.1`.
    pub provider_segment: String,
    /// Container it answers with where nothing is asked.
    pub container: Container,
    /// Whether the picture has exactly the size that was asked for.
    pub is_size_exact: bool,
    /// Relative error of width / height that still counts as the ratio asked for.
    pub aspect_tolerance: f64,
    /// Size that is asked for where nothing is said.
    pub default_size: Size,
    /// The cheapest size that proves a call.
    pub test_size: Size,
    /// Sizes by aspect ratio.
    pub aspects: Vec<AspectSize>,
    /// Largest area in millions of pixels.
    pub max_megapixels: f64,
    /// Value of `quality` that is sent along; absent where the family ignores it.
    pub quality: Option<String>,
    /// Longest prompt in tokens; absent where no source says it.
    pub max_prompt_tokens: Option<u32>,
    /// How many pictures it takes as input.
    pub reference_images: u32,
    /// Pictures a call may ask for.
    pub n: Range,
    /// What its pictures cost.
    pub price: Price,
    /// How long a picture takes.
    pub latency: Latency,
    /// Limit that pacing goes by where the deployment states none.
    pub default_rate_limit: RateLimit,
    /// `softwareAgent` in the C2PA manifest of its pictures.
    pub provenance_agent: String,
    /// Where each fact comes from: field name to a key of the file's `sources`.
    pub sources: BTreeMap<String, String>,
}

impl Family {
    /// The style of URL that the family answers on by itself.
    pub fn native_style(&self) -> RouteStyle {
        if self.has_generations {
            RouteStyle::Deployment
        } else {
            RouteStyle::Provider
        }
    }

    /// Whether it changes a picture, be it with multipart on its deployment or as an input on its publisher's route.
    pub fn can_edit(&self) -> bool {
        self.has_edits || (!self.has_generations && self.reference_images > 0)
    }

    /// Whether `size` is within the family's area.
    pub fn fits(&self, size: Size) -> bool {
        f64::from(size.width) * f64::from(size.height) <= self.max_megapixels * MEGAPIXEL
    }

    /// The size for an aspect ratio such as `16:9`.
    pub fn size_for(&self, ratio: &str) -> Option<Size> {
        self.aspects
            .iter()
            .find(|aspect| aspect.ratio == ratio)
            .map(AspectSize::size)
    }
}

/// Pixels in a "megapixel" as the service's limits count them: 1024 × 1024 is "1 MP".
const MEGAPIXEL: f64 = 1_048_576.0;

/// A size and the aspect ratio it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AspectSize {
    /// E.g. `16:9`.
    pub ratio: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl AspectSize {
    /// The size alone.
    pub fn size(&self) -> Size {
        Size {
            width: self.width,
            height: self.height,
        }
    }
}

/// An inclusive range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Least.
    pub min: u32,
    /// Most.
    pub max: u32,
}

/// How long a picture takes, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// As a rule.
    pub typical_s: f64,
    /// At most, before it counts as too slow.
    pub budget_s: f64,
}

/// api-versions: the defaults, and those known to work for each operation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiVersions {
    /// Through a gateway.
    pub gateway_default: String,
    /// Straight to an account.
    pub direct_default: String,
    /// On the publisher's own route.
    pub provider_default: String,
    /// First version that knows `images/edits`.
    pub edits_since: String,
    /// Known to work for `images/generations`.
    pub generations: Vec<String>,
    /// Known to work for `images/edits`.
    pub edits: Vec<String>,
    /// Known to work on the publisher's own route.
    pub provider: Vec<String>,
    /// Where each comes from.
    pub sources: BTreeMap<String, String>,
}

impl ApiVersions {
    /// The version to send for `call` where `usual` is the target's own: `usual` itself, unless the operation is newer
    /// than it, or the style is the publisher's, which knows only its own versions.
    pub fn for_call<'a>(&'a self, call: CallKind, style: RouteStyle, usual: &'a str) -> &'a str {
        if style == RouteStyle::Provider {
            let is_known = self.provider.iter().any(|known| known == usual);
            return if is_known {
                usual
            } else {
                &self.provider_default
            };
        }
        if call == CallKind::Edit && usual < self.edits_since.as_str() {
            return &self.edits_since;
        }
        usual
    }
}

/// All families.
pub fn families() -> &'static [Family] {
    &TABLE.families
}

/// api-versions, shared by all families.
pub fn api_versions() -> &'static ApiVersions {
    &TABLE.api_versions
}

/// Citations by the keys that [`Family::sources`] and [`ApiVersions::sources`] name.
pub fn sources() -> &'static BTreeMap<String, String> {
    &TABLE.sources
}

/// The family with this id.
pub fn by_id(id: &FamilyId) -> Option<&'static Family> {
    families().iter().find(|family| family.id == *id)
}

/// Whether pictures of a deployment of this sku cost nothing beyond its capacity, which is paid by the hour.
pub(super) fn is_prepaid(sku: &Sku) -> bool {
    matches_any(&TABLE.prepaid_skus, &sku.name)
}

/// Whether a model is a FLUX model, one of an unknown family included: by its publisher's format, or `flux` in its name.
pub fn is_flux(model: &Model) -> bool {
    families()
        .iter()
        .any(|family| family.format.eq_ignore_ascii_case(&model.format))
        || model.name.to_ascii_lowercase().contains("flux")
}

/// The family of a model, by its format and name; a deployment's name says nothing and is never asked for.
///
/// A model of the publisher whose name the table does not hold, and any model without `flux` in its name, has none.
pub fn family_of(model: &Model) -> Option<&'static Family> {
    if !is_flux(model) {
        return None;
    }
    let name = plain(&model.name);
    families().iter().find(|family| {
        plain(&family.model) == name || family.aliases.iter().any(|alias| plain(alias) == name)
    })
}

/// Whether a chat model can look at pictures.
pub fn can_see(model: &Model) -> bool {
    let chat = &TABLE.chat;
    chat.formats
        .iter()
        .any(|format| format.eq_ignore_ascii_case(&model.format))
        && matches_any(&chat.seeing, &model.name)
        && !matches_any(&chat.blind, &model.name)
}

/// Whether a chat model has been retired, so that a deployment of it may stop answering any day.
pub fn is_retired_chat(model: &Model) -> bool {
    matches_any(&TABLE.chat.retired, &model.name)
}

/// Whether a chat model refuses `max_tokens` and wants `max_completion_tokens`.
pub fn needs_max_completion_tokens(model: &Model) -> bool {
    matches_any(&TABLE.chat.reasoning, &model.name)
}

// The file is part of the program and a test parses it, so the default can never be met.
static TABLE: LazyLock<Table> = LazyLock::new(|| parse().unwrap_or_default());

fn parse() -> Result<Table, serde_saphyr::Error> {
    serde_saphyr::from_str(include_str!("families.yaml"))
}

/// A name without its punctuation and case: `FLUX-1.1-pro` and `flux.1-1-pro` are one.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn matches_any(patterns: &[String], name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    patterns.iter().any(|pattern| matches(pattern, &name))
}

/// Whether `name` fits `pattern`, in which `*` stands for any text.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len())
                .filter_map(|at| rest.get(at..))
                .any(|tail| matches(after, tail))
        }),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    sources: BTreeMap<String, String>,
    api_versions: ApiVersions,
    prepaid_skus: Vec<String>,
    families: Vec<Family>,
    chat: Chat,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chat {
    formats: Vec<String>,
    seeing: Vec<String>,
    blind: Vec<String>,
    reasoning: Vec<String>,
    retired: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(format: &str, name: &str) -> Model {
        Model {
            format: format.into(),
            name: name.into(),
            version: "1".into(),
        }
    }

    #[test]
    fn every_fact_has_a_source_that_the_table_names() {
        let table = parse().unwrap();
        let all = std::iter::once(&table.api_versions.sources)
            .chain(table.families.iter().map(|family| &family.sources));
        for key in all.flat_map(BTreeMap::values) {
            assert!(table.sources.contains_key(key), "no source `{key}`");
        }
        for family in &table.families {
            for fact in FACTS {
                assert!(
                    family.sources.contains_key(*fact),
                    "{}: `{fact}` has no source",
                    family.id
                );
            }
        }
    }

    const FACTS: &[&str] = &[
        "model",
        "format",
        "has_generations",
        "has_edits",
        "provider_segment",
        "container",
        "is_size_exact",
        "aspects",
        "max_megapixels",
        "quality",
        "max_prompt_tokens",
        "reference_images",
        "n",
        "price",
        "latency",
        "default_rate_limit",
        "provenance_agent",
    ];

    #[test]
    fn holds_the_four_families_with_the_figures_of_their_sources() {
        let ids: Vec<&str> = families().iter().map(|family| family.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "flux-1.1-pro",
                "flux.1-kontext-pro",
                "flux.2-pro",
                "flux.2-flex"
            ]
        );
        let cents = |id: &str, size: &str| {
            let family = by_id(&id.into()).unwrap();
            (family.price.usd(1, size.parse().unwrap(), 0.0) * 1e4).round() / 100.0
        };
        assert_eq!(cents("flux-1.1-pro", "512x512"), 4.0);
        assert_eq!(cents("flux.1-kontext-pro", "1024x1024"), 4.0);
        assert_eq!(
            cents("flux.2-pro", "1000x1000"),
            3.02,
            "1008 x 1008 is what comes"
        );
        assert_eq!(cents("flux.2-pro", "2048x2048"), 7.79);
        assert_eq!(cents("flux.2-flex", "1024x1024"), 5.24);
        let pro = by_id(&"flux.2-pro".into()).unwrap();
        let edit = pro.price.of_area(1, 1.0, 2.0);
        assert!((edit - 0.06).abs() < 1e-9, "{edit}");
        let pro = by_id(&"flux-1.1-pro".into()).unwrap();
        assert_eq!(pro.size_for("16:9").unwrap().to_string(), "1344x768");
        assert_eq!(pro.quality.as_deref(), Some("hd"));
        assert_eq!(pro.container, Container::Jpeg);
        assert!(pro.fits("1344x768".parse().unwrap()));
        assert!(!pro.fits("1920x1080".parse().unwrap()));
        assert_eq!(pro.native_style(), RouteStyle::Deployment);
        let two = by_id(&"flux.2-pro".into()).unwrap();
        assert_eq!(two.native_style(), RouteStyle::Provider);
        assert_eq!(by_id(&"flux.3".into()), None);
    }

    #[test]
    fn recognises_a_family_by_its_model_in_any_spelling() {
        let family = |format: &str, name: &str| {
            family_of(&model(format, name)).map(|family| family.id.to_string())
        };
        assert_eq!(
            family("Black Forest Labs", "FLUX-1.1-pro").as_deref(),
            Some("flux-1.1-pro")
        );
        assert_eq!(
            family("Black Forest Labs", "flux.1-1-PRO").as_deref(),
            Some("flux-1.1-pro")
        );
        assert_eq!(
            family("Custom", "flux-kontext-pro").as_deref(),
            Some("flux.1-kontext-pro")
        );
        assert_eq!(family("Black Forest Labs", "FLUX.1-Kontext-max"), None);
        assert_eq!(family("OpenAI", "dall-e-3"), None);
        assert!(is_flux(&model("Black Forest Labs", "FLUX.1-Kontext-max")));
        assert!(!is_flux(&model("OpenAI", "gpt-image-1")));
    }

    #[test]
    fn tells_seeing_models_from_blind_ones() {
        for name in ["gpt-4o", "gpt-4o-mini", "gpt-4.1-mini", "o3", "gpt-5-nano"] {
            assert!(can_see(&model("OpenAI", name)), "{name}");
        }
        for name in [
            "gpt-4o-audio-preview",
            "gpt-4o-transcribe",
            "o3-mini",
            "gpt-4",
            "text-embedding-3-small",
            "FLUX-1.1-pro",
        ] {
            assert!(!can_see(&model("OpenAI", name)), "{name}");
        }
        assert!(!can_see(&model("Black Forest Labs", "gpt-4o")));
        assert!(needs_max_completion_tokens(&model("OpenAI", "o3")));
        assert!(!needs_max_completion_tokens(&model("OpenAI", "gpt-4o")));
    }

    #[test]
    fn raises_the_api_version_only_where_the_operation_is_newer() {
        let versions = api_versions();
        let ask = |call, style, usual: &'static str| versions.for_call(call, style, usual);
        let (generate, edit) = (CallKind::Generate, CallKind::Edit);
        let own = RouteStyle::Deployment;
        assert_eq!(
            ask(generate, own, "2024-08-01-preview"),
            "2024-08-01-preview"
        );
        assert_eq!(ask(edit, own, "2024-08-01-preview"), "2025-04-01-preview");
        assert_eq!(ask(edit, own, "2025-06-01"), "2025-06-01");
        assert_eq!(ask(edit, own, "preview"), "preview");
        assert_eq!(
            ask(generate, RouteStyle::Provider, "2025-04-01-preview"),
            "preview"
        );
    }
}
