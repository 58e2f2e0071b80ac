//! What trying models came to, kept for the next time: each trial costs a
//! request, and a provider without a list has a dozen of them to answer.
//!
//! The record is a line with its version, a fingerprint of the question and the
//! time, then a line a model: verdict, source, id and name. It holds no secret,
//! nor whom was asked.

use crate::credentials::record::fingerprint;
use crate::json::write;
use crate::provider::models::{Model, ModelSource, Verdict};
use crate::provider::{Pane, Provider};
use crate::text;

/// How long what was found is believed, in milliseconds: a day.
const KEPT_MS: u64 = 24 * 60 * 60 * 1_000;

/// The record's text.
pub(super) fn write(provider: &Provider, models: &[Model], now_ms: u64) -> String {
    let mut out = key(provider);
    out.push('\t');
    write::push_number(&mut out, now_ms);
    for model in models {
        let Model { id, display_name, source, verdict, .. } = model;
        for part in ["\n", verdict.as_str(), "\t", source.as_str(), "\t", id, "\t", display_name] {
            out.push_str(part);
        }
    }
    out
}

/// The models of a record that answers the same question and is not too old.
pub(super) fn read(record: &str, provider: &Provider, now_ms: u64) -> Option<Vec<Model>> {
    let mut lines = record.split('\n');
    let (of, at) = text::split_once(lines.next()?, "\t")?;
    let age = now_ms.checked_sub(text::digits(at)?)?;
    if of != key(provider) || age > KEPT_MS {
        return None;
    }
    let mut models = Vec::new();
    for line in lines {
        let (verdict, rest) = text::split_once(line, "\t")?;
        let (source, rest) = text::split_once(rest, "\t")?;
        let (id, name) = text::split_once(rest, "\t")?;
        let verdict = Verdict::from_word(verdict)?;
        let source = match source == ModelSource::Probed.as_str() {
            true => ModelSource::Probed,
            false => ModelSource::Configured,
        };
        models.push(provider.model(id, name, source, verdict));
    }
    Some(models)
}

/// What was asked: whom, in which format, for which models.
fn key(provider: &Provider) -> String {
    let settings = provider.settings();
    let Pane { product, api_version } = provider.pane();
    let parts = [
        &settings.identity(),
        settings.format.as_str(),
        settings.model().unwrap_or_default(),
        product,
        api_version,
        env!("CARGO_PKG_VERSION"),
    ];
    fingerprint(&text::join(&parts, "\n"))
}
