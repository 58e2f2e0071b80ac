//! The layers of the configuration that are fetched, as `js/connector.js` asks
//! for them: while `missingLayer` gives one, `js/bootstrap.js` fetches it. What
//! takes the other module's review goes there as it is written, and comes back.

use crate::config::{Key, Layer, settings};
use crate::connection::{Connection, Consent, MissingLayer};
use crate::json::write;

use super::operation::{Arguments, Outcome, Reply};

pub(super) fn call(
    connection: &mut Connection,
    operation: &str,
    arguments: &mut Arguments<'_>,
) -> Outcome {
    match operation {
        // Whether a review would tell more.
        "wantsReview" => Ok(Reply::flag(connection.wants_review())),
        // `(acted, confirm, settings)`: the next layer to fetch. What is wrong with
        // the settings is told before that.
        "missingLayer" => {
            let acted = arguments.flag();
            let consent = Consent { interactive: acted, confirm: arguments.optional_text() };
            arguments.optional_text().as_deref().map(settings::read).transpose()?;
            Ok(describe(connection.poll_layer(acted, &consent)?))
        }
        // The bootstrap answer, to be fetched anew.
        "renewedLayer" => Ok(describe(connection.renewed_layer()?)),
        // What is missing is being fetched.
        "beginLayers" => {
            connection.begin_layers();
            Ok(Reply::Nothing)
        }
        // `(isBootstrap; values)`: takes a layer, and tells what that changed.
        "takeLayer" => {
            let layer = if arguments.flag() { Layer::Bootstrap } else { Layer::Attributes };
            Ok(Reply::text(connection.take_layer(layer, &arguments.body()?).as_str()))
        }
        // `[layers, vouched]`, the former as text: what a review takes.
        "exposeLayers" => {
            let mut out = String::new();
            {
                let mut exposed = write::Array::new(&mut out);
                exposed.string(&connection.expose_layers());
                exposed.element().push_str(if connection.is_vouched() { "true" } else { "false" });
            }
            Ok(Reply::Json(out))
        }
        // `(firstModel; filled)`: takes what a review came to, and tells what that changed.
        "takeFilled" => {
            let filled = arguments.body()?;
            Ok(Reply::text(connection.take_filled(&filled, &arguments.text()).as_str()))
        }
        // `(failed, demandsUser)`: fetching came to an end.
        "endLayers" => {
            let failed = arguments.flag();
            connection.end_layers(failed, arguments.flag());
            Ok(Reply::Nothing)
        }
        // `(key)`: the value of a list, where it is set.
        "listValue" => {
            let Some(key) = Key::from_name(&arguments.text()).filter(|key| key.is_list()) else {
                return Ok(Reply::Unknown);
            };
            let value = connection.configuration().get(key);
            Ok(value.map_or(Reply::Nothing, |(value, _)| Reply::text(value)))
        }
        _ => Ok(Reply::Unknown),
    }
}

/// `{clientId}` for attributes, `{url,withToken,scope}` for the answer.
fn describe(missing: Option<MissingLayer>) -> Reply {
    let mut out = String::new();
    {
        let mut described = write::Object::new(&mut out);
        match missing {
            None => return Reply::Nothing,
            Some(MissingLayer::Attributes { client_id }) => {
                described.string("clientId", &client_id);
            }
            Some(MissingLayer::Bootstrap { url, with_token, scope }) => {
                described.string("url", &url);
                described.bool("withToken", with_token);
                described.string("scope", &scope);
            }
        }
    }
    Reply::Json(out)
}
