//! Which route a path means: `[/with/<faults>][/any/prefix]/v1/…`.

use percent_encoding::percent_decode_str;

/// What is asked for, below whatever prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Messages,
    CountTokens,
    Models,
    Model(String),
    /// Nothing that the gateway has.
    Unknown,
}

/// A request's path, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The whole path, percent-decoded: what the journal is searched by.
    pub(crate) decoded: String,
    /// What stands between `/with/` and the next slash.
    pub(crate) faults: Option<String>,
    pub(crate) route: Route,
}

impl Target {
    pub(crate) fn parse(path: &str) -> Self {
        let decoded = decode(path);
        let (faults, rest) = match path.strip_prefix("/with/") {
            Some(after) => {
                let (faults, rest) = match after.find('/').and_then(|at| after.split_at_checked(at))
                {
                    Some(split) => split,
                    None => (after, ""),
                };
                (Some(decode(faults)), rest)
            }
            None => (None, path),
        };
        Self { decoded, faults, route: route(rest) }
    }
}

fn route(path: &str) -> Route {
    // A gateway that gets a doubled path has nothing there; the last `/v1/` alone doesn't make it right.
    let Some((prefix, rest)) = path.split_once("/v1/") else { return Route::Unknown };
    if prefix.contains("//") || prefix.ends_with('/') {
        return Route::Unknown;
    }
    match rest {
        "messages" => Route::Messages,
        "messages/count_tokens" => Route::CountTokens,
        "models" => Route::Models,
        other => match other.strip_prefix("models/") {
            Some(id) if !id.is_empty() && !id.contains('/') => Route::Model(decode(id)),
            _ => Route::Unknown,
        },
    }
}

pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        for (path, faults, route) in [
            ("/v1/messages", None, Route::Messages),
            ("/team/a/v1/messages", None, Route::Messages),
            ("/v1/messages/count_tokens", None, Route::CountTokens),
            ("/with/status=529,times=2/v1/messages", Some("status=529,times=2"), Route::Messages),
            ("/with/status%3D529%2Ctimes%3D2/v1/models", Some("status=529,times=2"), Route::Models),
            (
                "/with/cut=3/team/v1/models/claude-x",
                Some("cut=3"),
                Route::Model("claude-x".to_owned()),
            ),
            ("/with/cut=3", Some("cut=3"), Route::Unknown),
            ("/with/", Some(""), Route::Unknown),
            ("/", None, Route::Unknown),
            ("//v1/messages", None, Route::Unknown),
            ("/team//v1/messages", None, Route::Unknown),
            ("/v1/v1/messages", None, Route::Unknown),
            ("/v1/messages/v1/messages", None, Route::Unknown),
            ("/v1/messages/", None, Route::Unknown),
            ("/v1/models/", None, Route::Unknown),
            ("/v1", None, Route::Unknown),
        ] {
            let target = Target::parse(path);
            assert_eq!((target.faults.as_deref(), target.route), (faults, route), "{path}");
        }
    }
}
