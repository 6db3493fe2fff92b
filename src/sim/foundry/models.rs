//! What the models can do: the table that all judgements are taken from (azure.md 4.1, 4.4, 4.5).

use crate::sim::paint::Container;
use crate::sim::world::{Deployment, Latency};

/// A model, by what it is good for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Model {
    Image(&'static ImageModel),
    Chat(ChatModel),
    /// Numbers in a vector.
    Embeddings(usize),
}

/// A model that draws.
#[derive(Debug)]
pub(super) struct ImageModel {
    pub(super) name: &'static str,
    /// Segment of the provider route; `None` for a model of the OpenAI format.
    pub(super) provider_segment: Option<&'static str>,
    pub(super) has_image_api: bool,
    pub(super) has_edits: bool,
    pub(super) sizing: Sizing,
    /// What comes out where nothing is asked. The Image API never changes it: the format depends on the model.
    pub(super) container: Container,
    /// Pictures it takes as input on the provider route.
    pub(super) most_inputs: usize,
    pub(super) latency: Latency,
    /// `softwareAgent` of its manifests.
    pub(super) agent: &'static str,
    /// Provider parameters beyond the common ones.
    pub(super) own_parameters: &'static [&'static str],
}

/// What a model makes of the size that is asked for.
#[derive(Debug)]
pub(super) enum Sizing {
    /// Draws it exactly, within bounds.
    Exact {
        least: u32,
        most: u32,
        step: u32,
        most_pixels: u64,
    },
    /// Takes the nearest of its own by aspect ratio.
    Nearest {
        sizes: &'static [(u32, u32)],
        /// The widest ratio it takes.
        widest: f64,
    },
}

/// A model that talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChatModel {
    pub(super) sees: bool,
    /// Wants `max_completion_tokens`.
    pub(super) reasons: bool,
}

/// Sides of a size that nobody asked for, in pixels.
pub(super) const DEFAULT_SIDE: u32 = 1024;
const FLUX_AGENT: &str = "Black forest labs in Azure AI";
const FLUX_FORMAT: &str = "Black Forest Labs";

/// Kontext's own sizes of about a megapixel, from 3:7 to 7:3.
const KONTEXT_SIZES: &[(u32, u32)] = &[
    (672, 1568),
    (688, 1504),
    (720, 1456),
    (752, 1392),
    (800, 1328),
    (832, 1248),
    (880, 1184),
    (944, 1104),
    (1024, 1024),
    (1104, 944),
    (1184, 880),
    (1248, 832),
    (1328, 800),
    (1392, 752),
    (1456, 720),
    (1504, 688),
    (1568, 672),
];

const FLUX_1_LATENCY: Latency = Latency {
    ms: 10_000,
    jitter_ms: 3_000,
};
const FLUX_2_LATENCY: Latency = Latency {
    ms: 50_000,
    jitter_ms: 20_000,
};
const CHAT_LATENCY: Latency = Latency {
    ms: 1_000,
    jitter_ms: 300,
};
const FLUX_2_SIZING: Sizing = Sizing::Exact {
    least: 64,
    most: 4096,
    step: 16,
    most_pixels: 4_194_304,
};

const IMAGE_MODELS: &[ImageModel] = &[
    ImageModel {
        name: "FLUX-1.1-pro",
        provider_segment: Some("flux-pro-1.1"),
        has_image_api: true,
        has_edits: false,
        sizing: Sizing::Exact {
            least: 256,
            most: 1440,
            step: 32,
            most_pixels: 1_600_000,
        },
        container: Container::Jpeg,
        most_inputs: 0,
        latency: FLUX_1_LATENCY,
        agent: FLUX_AGENT,
        own_parameters: &["prompt_upsampling"],
    },
    ImageModel {
        name: "FLUX.1-Kontext-pro",
        provider_segment: Some("flux-kontext-pro"),
        has_image_api: true,
        has_edits: true,
        sizing: Sizing::Nearest {
            sizes: KONTEXT_SIZES,
            widest: 4.0,
        },
        container: Container::Png,
        most_inputs: 1,
        latency: FLUX_1_LATENCY,
        agent: FLUX_AGENT,
        own_parameters: &["aspect_ratio", "prompt_upsampling"],
    },
    ImageModel {
        name: "FLUX.2-pro",
        provider_segment: Some("flux-2-pro"),
        has_image_api: false,
        has_edits: false,
        sizing: FLUX_2_SIZING,
        container: Container::Jpeg,
        most_inputs: 8,
        latency: FLUX_2_LATENCY,
        agent: FLUX_AGENT,
        own_parameters: &["aspect_ratio"],
    },
    ImageModel {
        name: "FLUX.2-flex",
        provider_segment: Some("flux-2-flex"),
        has_image_api: false,
        has_edits: false,
        sizing: FLUX_2_SIZING,
        container: Container::Jpeg,
        most_inputs: 10,
        latency: FLUX_2_LATENCY,
        agent: FLUX_AGENT,
        own_parameters: &["aspect_ratio", "guidance", "steps"],
    },
    ImageModel {
        name: "gpt-image",
        provider_segment: None,
        has_image_api: true,
        has_edits: true,
        sizing: Sizing::Exact {
            least: 1024,
            most: 1536,
            step: 512,
            most_pixels: 1_572_864,
        },
        container: Container::Png,
        most_inputs: 16,
        latency: FLUX_1_LATENCY,
        agent: "Azure OpenAI ImageGen",
        own_parameters: &[],
    },
];

/// Beginnings of chat model names: sees, reasons. The first that fits counts.
const CHAT_MODELS: &[(&str, ChatModel)] = &[
    (
        "o1-mini",
        ChatModel {
            sees: false,
            reasons: true,
        },
    ),
    (
        "o3-mini",
        ChatModel {
            sees: false,
            reasons: true,
        },
    ),
    (
        "o1",
        ChatModel {
            sees: true,
            reasons: true,
        },
    ),
    (
        "o3",
        ChatModel {
            sees: true,
            reasons: true,
        },
    ),
    (
        "o4",
        ChatModel {
            sees: true,
            reasons: true,
        },
    ),
    (
        "gpt-5",
        ChatModel {
            sees: true,
            reasons: true,
        },
    ),
    (
        "gpt-4o",
        ChatModel {
            sees: true,
            reasons: false,
        },
    ),
    (
        "gpt-4.1",
        ChatModel {
            sees: true,
            reasons: false,
        },
    ),
    (
        "gpt-4-turbo",
        ChatModel {
            sees: true,
            reasons: false,
        },
    ),
    (
        "",
        ChatModel {
            sees: false,
            reasons: false,
        },
    ),
];

const EMBEDDINGS: &[(&str, usize)] = &[
    ("text-embedding-3-large", 3072),
    ("text-embedding-3-small", 1536),
    ("text-embedding", 1536),
];

impl Model {
    /// The model of a deployment: FLUX by format or name, the rest by name; what is not known talks.
    pub(super) fn of(deployment: &Deployment) -> Model {
        let name = deployment.model.to_ascii_lowercase();
        let known = IMAGE_MODELS
            .iter()
            .find(|model| name.starts_with(&model.name.to_ascii_lowercase()));
        if let Some(model) = known {
            return Model::Image(model);
        }
        if is_flux(deployment) {
            let second = name.contains("flux.2") || name.contains("flux-2");
            return Model::Image(&IMAGE_MODELS[if second { 2 } else { 0 }]);
        }
        let embeds = EMBEDDINGS.iter().find(|(start, _)| name.starts_with(start));
        if let Some((_, dimensions)) = embeds {
            return Model::Embeddings(*dimensions);
        }
        let talks = CHAT_MODELS
            .iter()
            .find(|(start, _)| name.starts_with(start));
        Model::Chat(talks.map_or(CHAT_MODELS[CHAT_MODELS.len() - 1].1, |(_, model)| *model))
    }

    /// How long it takes where the world does not say.
    pub(super) fn latency(&self) -> Latency {
        match self {
            Model::Image(model) => model.latency,
            Model::Chat(_) | Model::Embeddings(_) => CHAT_LATENCY,
        }
    }
}

/// Whether the model of a deployment is FLUX.
pub(super) fn is_flux(deployment: &Deployment) -> bool {
    deployment.format == FLUX_FORMAT || deployment.model.to_ascii_lowercase().contains("flux")
}

impl Sizing {
    /// The size that is drawn for an asked one; `None` where the model refuses it.
    pub(super) fn fit(&self, width: u32, height: u32) -> Option<(u32, u32)> {
        match self {
            Sizing::Exact {
                least,
                most,
                step,
                most_pixels,
            } => {
                let fits =
                    |side: u32| (*least..=*most).contains(&side) && side.is_multiple_of(*step);
                let pixels = u64::from(width) * u64::from(height);
                (fits(width) && fits(height) && pixels <= *most_pixels).then_some((width, height))
            }
            Sizing::Nearest { sizes, widest } => {
                if width == 0 || height == 0 {
                    return None;
                }
                let ratio = f64::from(width) / f64::from(height);
                if ratio > *widest || ratio < widest.recip() {
                    return None;
                }
                let distance =
                    |(w, h): &(u32, u32)| (f64::from(*w) / f64::from(*h) / ratio).ln().abs();
                sizes
                    .iter()
                    .min_by(|a, b| distance(a).total_cmp(&distance(b)))
                    .copied()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(format: &str, model: &str) -> Deployment {
        Deployment {
            format: format.into(),
            model: model.into(),
            ..Deployment::default()
        }
    }

    fn image(model: &str) -> &'static ImageModel {
        match Model::of(&deployment("Black Forest Labs", model)) {
            Model::Image(model) => model,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn models_are_known_by_name_and_format() {
        assert_eq!(image("FLUX-1.1-pro").provider_segment, Some("flux-pro-1.1"));
        assert_eq!(image("FLUX.1-Kontext-pro").container, Container::Png);
        assert_eq!(image("FLUX.2-flex").name, "FLUX.2-flex");
        assert_eq!(image("something new").name, "FLUX-1.1-pro");
        for (name, sees, reasons) in [
            ("gpt-4o-mini", true, false),
            ("gpt-4.1", true, false),
            ("o3", true, true),
            ("o3-mini", false, true),
            ("gpt-35-turbo", false, false),
        ] {
            match Model::of(&deployment("OpenAI", name)) {
                Model::Chat(model) => assert_eq!(model, ChatModel { sees, reasons }, "{name}"),
                other => panic!("{name}: {other:?}"),
            }
        }
        let embeds = Model::of(&deployment("OpenAI", "text-embedding-3-large"));
        assert!(matches!(embeds, Model::Embeddings(3072)));
    }

    #[test]
    fn kontext_takes_the_nearest_of_its_sizes() {
        let sizing = &image("FLUX.1-Kontext-pro").sizing;
        assert_eq!(sizing.fit(1024, 1024), Some((1024, 1024)));
        assert_eq!(sizing.fit(512, 512), Some((1024, 1024)));
        assert_eq!(sizing.fit(1216, 832), Some((1248, 832)));
        assert_eq!(sizing.fit(832, 1216), Some((832, 1248)));
        assert_eq!(sizing.fit(1344, 768), Some((1328, 800)));
        assert_eq!(sizing.fit(5000, 1000), None);
        assert_eq!(sizing.fit(0, 1000), None);
    }

    #[test]
    fn flux_1_1_draws_exactly_or_refuses() {
        let sizing = &image("FLUX-1.1-pro").sizing;
        for size in [
            (1024, 1024),
            (1344, 768),
            (768, 1344),
            (1216, 832),
            (832, 1216),
            (512, 512),
        ] {
            assert_eq!(sizing.fit(size.0, size.1), Some(size));
        }
        for (width, height) in [(1792, 1024), (1000, 1000), (128, 128), (1440, 1440), (0, 0)] {
            assert_eq!(sizing.fit(width, height), None, "{width}x{height}");
        }
    }
}
