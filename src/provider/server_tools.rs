//! Tools that run on the provider's side, and requests without those that a
//! provider can't run: one of them would cost the whole answer.
//!
//! The products offer them where their feature table says so. For a gateway it
//! says nothing, so there the tool is sent, and what the gateway says of it
//! holds from then on. A gateway that knows no server tools complains of the
//! tool's missing `input_schema` in words of its own, with the status 400 or
//! 422 (oMLX issue 1002).

use crate::error::{Code, Failure};
use crate::json::Json;
use crate::json::splice::{self, Edit};
use crate::text;

use super::capabilities::{Capabilities, Support};

/// Some of the tools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerTools(u8);

impl ServerTools {
    /// `web_search`
    pub const WEB_SEARCH: Self = Self(1);
    /// `code_execution`
    pub const CODE_EXECUTION: Self = Self(2);
    const ALL: Self = Self(3);

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of either.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of both.
    #[must_use]
    pub const fn among(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those of the one that the other hasn't.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The tool of an entry of `tools`, where it is one of them.
    fn of(tool: Json<'_>) -> Self {
        let kind = tool.text("type").unwrap_or_default();
        // A version follows: `web_search_20250305`.
        Self::new(kind.starts_with("web_search_2"), kind.starts_with("code_execution_2"))
    }

    /// Those of which a provider's answer speaks.
    fn named_in(text: &str) -> Self {
        Self::new(text::contains(text, "web_search"), text::contains(text, "code_execution"))
    }

    const fn new(web_search: bool, code_execution: bool) -> Self {
        Self(web_search as u8 | (code_execution as u8) << 1)
    }
}

/// The tools that a provider has not, by the feature table.
#[must_use]
pub(super) fn refused_by_table(row: &Capabilities) -> ServerTools {
    ServerTools::new(
        row.web_search == Support::Unavailable,
        row.code_execution == Support::Unavailable,
    )
}

/// The tools of a request's body, or of the caller's parameters.
#[must_use]
pub fn tools_of(request: Json<'_>) -> ServerTools {
    let mut found = ServerTools::default();
    if let Some(tools) = request.get("tools") {
        for tool in tools.elements() {
            found = found.and(ServerTools::of(tool));
        }
    }
    found
}

/// The same of a request's body, as it was made here.
#[must_use]
pub fn sent_in(body: &str) -> ServerTools {
    tools_of(Json::written(body))
}

/// A request's body, as it was made here, without some of its tools, every other byte as it was: the last
/// tool takes `tools` and `tool_choice` with it, and so does a choice of one
/// that goes.
#[must_use]
pub fn leave_out(request: &str, unwanted: ServerTools) -> Option<String> {
    let request = Json::written(request);
    let choice = request.get("tool_choice").unwrap_or(Json::NULL);
    let drops_choice = !ServerTools::named_in(choice.raw()).among(unwanted).is_empty();
    let mut list = "[".to_owned();
    let mut found = false;
    for tool in request.get("tools")?.elements() {
        if ServerTools::of(tool).among(unwanted).is_empty() {
            if list.len() > 1 {
                list.push(',');
            }
            list.push_str(tool.raw());
        } else {
            found = true;
        }
    }
    let is_empty = list.len() == 1;
    list.push(']');
    let tools = Edit::Set("tools", Json::written(&list));
    let edits = [if is_empty { Edit::Remove("tools") } else { tools }, Edit::Remove("tool_choice")];
    let count = if is_empty || drops_choice { 2 } else { 1 };
    if found { splice::apply(request, edits.get(..count)?) } else { None }
}

/// Which of the tools that were sent a refusal is about: those that it names,
/// or all where it speaks of tools and names none.
#[must_use]
pub fn refused_by(failure: &Failure, body: &str, sent: ServerTools) -> ServerTools {
    if failure.code != Code::RequestInvalid || !matches!(failure.status, Some(400 | 422)) {
        return ServerTools::default();
    }
    let named = ServerTools::named_in(body).among(sent);
    if named.is_empty() && text::contains(body, "tool") {
        return ServerTools::ALL.among(sent);
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str = r#"{"type":"web_search_20250305","name":"web_search","max_uses":3}"#;
    const WEB_LATER: &str = r#"{ "name":"web_search", "type":"web_search_20260209" }"#;
    const CODE: &str = r#"{"type":"code_execution_20250825","name":"code_execution"}"#;
    const OWN: &str = r#"{"name":"sum","input_schema":{"type":"object"}}"#;
    const BASH: &str = r#"{"type":"bash_20250124","name":"bash"}"#;
    /// A tool of the page's own that only has a name like it.
    const ALIKE: &str = r#"{"type":"custom","name":"web_search","input_schema":{}}"#;

    fn request(tools: &[&str], rest: &str) -> String {
        format!(r#"{{"model":"m", "tools": [{}],"x":1.50{rest}}}"#, tools.join(", "))
    }

    #[test]
    fn the_tools_of_a_request() {
        let both = ServerTools::WEB_SEARCH.and(ServerTools::CODE_EXECUTION);
        for (tools, expected) in [
            (vec![], ServerTools::default()),
            (vec![OWN, BASH, ALIKE], ServerTools::default()),
            (vec![OWN, WEB], ServerTools::WEB_SEARCH),
            (vec![WEB_LATER], ServerTools::WEB_SEARCH),
            (vec![CODE, WEB], both),
        ] {
            let request = request(&tools, "");
            assert_eq!(tools_of(Json::parse_object(&request).unwrap()), expected, "{request}");
        }
        for odd in [r#"{"tools":5}"#, r#"{"tools":[5,null,{"type":7}]}"#, "{}"] {
            assert!(tools_of(Json::parse_object(odd).unwrap()).is_empty(), "{odd}");
        }
    }

    #[test]
    fn a_request_without_some() {
        let both = ServerTools::ALL;
        let choice = |name: &str| format!(r#","tool_choice":{{"type":"tool","name":"{name}"}}"#);
        let any = r#","tool_choice":{"type":"any"}"#;
        let cases = [
            ("nothing to leave out", request(&[OWN, ALIKE], ""), both, None),
            ("not that one", request(&[WEB], ""), ServerTools::CODE_EXECUTION, None),
            (
                "one of three",
                request(&[OWN, WEB, CODE], any),
                ServerTools::WEB_SEARCH,
                Some(format!(r#"{{"model":"m", "tools": [{OWN},{CODE}],"x":1.50{any}}}"#)),
            ),
            (
                "every version",
                request(&[WEB, OWN, WEB_LATER], ""),
                both,
                Some(format!(r#"{{"model":"m", "tools": [{OWN}],"x":1.50}}"#)),
            ),
            (
                "the last",
                request(&[WEB, CODE], any),
                both,
                Some(r#"{"model":"m","x":1.50}"#.to_owned()),
            ),
            (
                "the one that was chosen",
                request(&[OWN, WEB], &choice("web_search")),
                both,
                Some(format!(r#"{{"model":"m", "tools": [{OWN}],"x":1.50}}"#)),
            ),
            (
                "another than was chosen",
                request(&[OWN, WEB], &choice("sum")),
                both,
                Some(format!(r#"{{"model":"m", "tools": [{OWN}],"x":1.50{}}}"#, choice("sum"))),
            ),
        ];
        for (name, request, unwanted, expected) in cases {
            assert_eq!(leave_out(&request, unwanted), expected, "{name}");
        }
        assert_eq!(leave_out("[]", both), None);
    }

    #[test]
    fn what_a_refusal_is_about() {
        let failure = |status, code| {
            let mut failure = Failure::new(code, "refused");
            failure.status = Some(status);
            failure
        };
        let sent = ServerTools::ALL;
        let omlx = r#"{"detail":[{"type":"missing","loc":["body","tools",0,"input_schema"],"msg":"Field required","input":{"type":"web_search_20250305","name":"web_search"}}]}"#;
        let cases = [
            (422, omlx, ServerTools::WEB_SEARCH),
            (400, "tool type 'code_execution_20250825' is not supported", ServerTools(2)),
            (
                422,
                r#"{"detail":[{"loc":["body","tools",0,"function"],"msg":"Field required"}]}"#,
                sent,
            ),
            (400, "web_search and code_execution are not available", sent),
            (400, "max_tokens: required", ServerTools(0)),
            (404, omlx, ServerTools(0)),
        ];
        for (status, body, expected) in cases {
            let refused = refused_by(&failure(status, Code::RequestInvalid), body, sent);
            assert_eq!(refused, expected, "{body}");
        }
        let denied = failure(400, Code::PermissionDenied);
        assert!(refused_by(&denied, omlx, sent).is_empty());
        let invalid = failure(422, Code::RequestInvalid);
        assert!(
            refused_by(&invalid, omlx, ServerTools::CODE_EXECUTION)
                .is_empty()
                .then_some(())
                .is_none()
        );
        assert!(refused_by(&invalid, omlx, ServerTools::default()).is_empty());
    }
}
