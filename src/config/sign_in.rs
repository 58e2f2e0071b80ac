//! What the configuration says about signing users in.

use crate::json::write;
use crate::secret::Secret;

use super::key::Key;
use super::merge::{Configuration, Values};
use super::problem::Severity;

/// Microsoft's clouds; the first where nobody says otherwise.
const CLOUDS: [&str; 4] = ["global", "us-gov-high", "us-gov-dod", "china"];

/// The cloud that isn't Microsoft's.
const GOOGLE: &str = "google";

/// Who signs in, and with which application, for `js/connector_sign_in.js`:
/// `{cloud,clientId?,clientSecret?,sso?}`. What Google's client calls its
/// secret is in it.
#[must_use]
pub fn describe(values: &Values, google: bool) -> Secret {
    let of_google = [("clientId", Key::GoogleClientId), ("clientSecret", Key::GoogleClientSecret)];
    let of_entra = [("clientId", Key::GraphClientId), ("sso", Key::EntraSso)];
    let mut out = String::new();
    {
        let mut settings = write::Object::new(&mut out);
        settings.string("cloud", if google { GOOGLE } else { cloud(values.get(Key::GraphCloud)) });
        for (name, key) in if google { of_google } else { of_entra } {
            if let Some(value) = values.get(key) {
                settings.string(name, value);
            }
        }
    }
    Secret::new(out)
}

/// A cloud that nobody knows counts as the worldwide one.
pub(super) fn cloud(configured: Option<&str>) -> &'static str {
    let [global, ..] = CLOUDS;
    let configured = configured.unwrap_or_default();
    CLOUDS.into_iter().find(|cloud| cloud.eq_ignore_ascii_case(configured)).unwrap_or(global)
}

/// Puts what is wrong among the problems.
pub(super) fn check(configuration: &mut Configuration) {
    if let Some((value, _)) = configuration.get(Key::GraphCloud)
        && !cloud(Some(value)).eq_ignore_ascii_case(value)
    {
        let message = "not a cloud of Microsoft's; global is used";
        configuration.tell("unknown-cloud", Severity::Warning, Key::GraphCloud, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";

    fn values(pairs: &[(Key, &str)]) -> Values {
        let mut values = Values::default();
        for (key, value) in pairs {
            values.set(*key, *value);
        }
        values
    }

    #[test]
    fn each_identity_provider_gets_its_own() {
        let all = values(&[
            (Key::GoogleClientId, "1-a.apps.googleusercontent.com"),
            (Key::GoogleClientSecret, "GOCSPX-s"),
            (Key::GraphClientId, CLIENT),
            (Key::GraphCloud, "china"),
            (Key::EntraSso, "1"),
        ]);
        assert_eq!(
            describe(&all, true).expose(),
            r#"{"cloud":"google","clientId":"1-a.apps.googleusercontent.com","clientSecret":"GOCSPX-s"}"#
        );
        assert_eq!(
            describe(&all, false).expose(),
            format!(r#"{{"cloud":"china","clientId":"{CLIENT}","sso":"1"}}"#)
        );
        assert_eq!(describe(&Values::default(), false).expose(), r#"{"cloud":"global"}"#);
    }

    #[test]
    fn an_unknown_cloud_is_the_worldwide_one_and_told() {
        for (cloud, problems) in
            [("global", 0), ("us-gov-dod", 0), ("US-Gov-DoD", 0), ("google", 1), ("mars", 1)]
        {
            let set = values(&[(Key::GraphCloud, cloud)]);
            let mut configuration = Configuration::merge(set, Values::default(), Vec::new());
            check(&mut configuration);
            assert_eq!(configuration.problems().len(), problems, "{cloud}");
            let described = describe(&configuration.in_force(), false);
            let lower = cloud.to_ascii_lowercase();
            let used = if problems == 0 { &lower } else { "global" };
            assert_eq!(described.expose(), format!(r#"{{"cloud":"{used}"}}"#));
        }
    }
}
