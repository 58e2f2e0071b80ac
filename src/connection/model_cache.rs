//! What trying models came to, kept for the next time: each trial costs a
//! request, and a provider without a list has a dozen of them to answer.

use crate::credentials::record::fingerprint;
use crate::json::{Json, write};
use crate::provider::models::{Model, ModelSource, Verdict};
use crate::provider::{Pane, Provider};
use crate::text;

use super::describe;

/// The version of the record's text.
const VERSION: u64 = 1;

/// How long what was found is believed, in milliseconds: a day.
const KEPT_MS: u64 = 24 * 60 * 60 * 1_000;

/// The record's text. It holds neither a secret nor whom was asked; a
/// fingerprint of the question is its `key`.
pub(super) fn write(provider: &Provider, models: &[Model], now_ms: u64) -> String {
    let mut out = String::new();
    {
        let mut record = write::Object::new(&mut out);
        record.number("v", VERSION);
        record.string("key", &key(provider));
        record.number("at", now_ms);
        record.name("models").push_str(&describe::describe_models(models));
    }
    out
}

/// The models of a record that answers the same question and is not too old.
pub(super) fn read(record: &str, provider: &Provider, now_ms: u64) -> Option<Vec<Model>> {
    let record = Json::parse_object(record)?;
    let age = now_ms.checked_sub(record.get("at")?.as_u64()?)?;
    if record.get("v")?.as_u64()? != VERSION
        || record.text("key")? != key(provider)
        || age > KEPT_MS
    {
        return None;
    }
    let mut models = Vec::new();
    for entry in record.get("models")?.elements() {
        let (source, verdict) = (entry.text("source")?, entry.text("verdict")?);
        models.push(Model::new(
            entry.text("id")?,
            entry.text("displayName")?,
            ModelSource::ALL.into_iter().find(|known| known.as_str() == source)?,
            Verdict::ALL.into_iter().find(|known| known.as_str() == verdict)?,
            provider.pane().is_outlook(),
        ));
    }
    models.first().is_some_and(Model::is_offered).then_some(models)
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
