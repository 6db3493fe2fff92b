//! `embeddings`: a unit vector drawn from each text, the same for the same text.

use super::answer::Answer;
use super::arguments::Arguments;
use super::refusals;
use crate::sim::paint::{Rng, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const PARAMETERS: &[&str] = &["input", "model", "dimensions", "encoding_format", "user"];
const ENCODINGS: &[&str] = &["float", "base64"];

/// Reads a request and answers it with vectors of up to `most` numbers.
pub(super) fn reply(most: usize, model: &str, arguments: &Arguments) -> Result<Vec<u8>, Answer> {
    arguments.refuse_unknown(&[PARAMETERS])?;
    let length = arguments.integer("dimensions", 1..=most as i64)?;
    let length = length.map_or(most, |length| length as usize);
    let as_base64 = arguments.choice("encoding_format", ENCODINGS)? == Some("base64");
    let texts = texts(arguments)?;
    let tokens: usize = texts.iter().map(|text| text.len().div_ceil(4)).sum();
    let data: Vec<Value> = (0..)
        .zip(&texts)
        .map(|(index, text): (usize, _)| {
            let vector = vector(text, length);
            let embedding = if as_base64 {
                let bytes: Vec<u8> = vector.iter().flat_map(|part| part.to_le_bytes()).collect();
                Value::from(STANDARD.encode(bytes))
            } else {
                Value::from(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
    let answer = json!({"object": "list", "data": data, "model": model, "usage": usage});
    Ok(answer.to_string().into_bytes())
}

fn texts(arguments: &Arguments) -> Result<Vec<String>, Answer> {
    let missing = || {
        let message = "Missing required parameter: 'input'.";
        refusals::invalid("missing_required_parameter", message, "input")
    };
    match arguments.get("input") {
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(items)) if !items.is_empty() => {
            Ok(items.iter().map(Value::to_string).collect())
        }
        _ => Err(missing()),
    }
}

fn vector(text: &str, length: usize) -> Vec<f32> {
    let mut rng = Rng::new(digest(&[text.as_bytes()]));
    let raw: Vec<f32> = (0..length).map(|_| rng.between(-1.0, 1.0)).collect();
    let norm = raw.iter().map(|part| part * part).sum::<f32>().sqrt();
    raw.iter()
        .map(|part| part / norm.max(f32::EPSILON))
        .collect()
}
