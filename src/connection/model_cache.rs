//! What trying models came to, kept for the next time: each trial costs a
//! request, and a provider without a list has a dozen of them to answer.
//!
//! The record is a line with a fingerprint of the question and the time, and
//! then the models as the page sees them. It holds no secret, nor whom was asked.

use crate::credentials::record::fingerprint;
use crate::json::write;
use crate::provider::Provider;
use crate::provider::models::{Model, ModelSource, Page};
use crate::text;

use super::describe;

/// How long what was found is believed, in milliseconds: a day.
const KEPT_MS: u64 = 24 * 60 * 60 * 1_000;

/// The record's text.
pub(super) fn write(provider: &Provider, models: &[Model], now_ms: u64) -> String {
    let mut out = key(provider);
    write::push_number(&mut out, now_ms);
    out.push('\n');
    out.push_str(&describe::describe_models(models));
    out
}

/// The models of a record that answers the same question and is not too old.
pub(super) fn read(record: &str, provider: &Provider, now_ms: u64) -> Option<Vec<Model>> {
    let (head, models) = text::split_once(record, "\n")?;
    let found_ms = text::digits(head.strip_prefix(&*key(provider))?)?;
    if now_ms.checked_sub(found_ms)? > KEPT_MS {
        return None;
    }
    let settings = provider.settings();
    let mut models = Page::read(models, settings.in_outlook)?.models;
    for model in &mut models {
        model.source = match settings.model() == Some(&model.id) {
            true => ModelSource::Configured,
            false => ModelSource::Probed,
        };
    }
    Some(models)
}

/// What was asked: whom, in which format, for which models.
fn key(provider: &Provider) -> String {
    let settings = provider.settings();
    let parts = [
        &*settings.identity(),
        settings.format.as_str(),
        settings.model().unwrap_or_default(),
        if settings.in_outlook { "outlook" } else { "" },
        env!("CARGO_PKG_VERSION"),
    ];
    fingerprint(&text::join(&parts, "\n")) + " "
}
