//! Requests of the page's own to Microsoft Graph.

use crate::error::{Code, Failure};
use crate::http::header::HeaderName;
use crate::http::{BaseUrl, Endpoints, Request};

use super::oauth::entra;
use super::resource;

/// What page code asks for, as the browser reads the address.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Scheme, host and port.
    pub origin: &'a str,
    /// Path and query, percent-encoded.
    pub route: &'a str,
}

/// Microsoft Graph of the cloud of that name; the worldwide one's without a name.
#[must_use]
pub fn base(cloud: &str) -> Option<BaseUrl> {
    let cloud = entra::cloud(cloud)?;
    Some(BaseUrl::https(cloud.graph_host.to_owned(), ""))
}

/// Looks at what page code asks for before a token is: where to, by its
/// origin, and with which headers of its own.
///
/// # Errors
/// [`Code::AudienceRefused`] for another host; [`Code::InvalidArgument`] for a
/// header that is not the page's to set, or a Graph that is at no address.
pub fn check(
    cloud: &str,
    origin: &str,
    headers: &[String],
    endpoints: &Endpoints,
) -> Result<(), Failure> {
    for name in headers {
        if HeaderName::parse(name).is_ok_and(|name| name.as_str() == "authorization") {
            let message = "headers: authorization is what the sign-in gives, and not the page's";
            return Err(Failure::new(Code::InvalidArgument, message));
        }
    }
    authorize(cloud, Target { origin, route: "/" }, "unissued", endpoints).map(|_| ())
}

/// A request to Graph that opens it: the token goes to the cloud's own Graph
/// alone, by its name, and so to wherever that is. Method, body and further
/// headers are added by whoever sends it.
///
/// # Errors
/// [`Code::AudienceRefused`] for another host or a token for another resource;
/// [`Code::InvalidArgument`] for a Graph that is at no address.
pub fn authorize(
    cloud: &str,
    target: Target<'_>,
    token: &str,
    endpoints: &Endpoints,
) -> Result<Request, Failure> {
    let unknown = || Failure::new(Code::InvalidArgument, "path: not an address");
    let graph = base(cloud).ok_or_else(unknown)?;
    let mut server = BaseUrl::parse(target.origin)?;
    endpoints.locate(&mut server)?;
    if !target.route.starts_with('/') {
        return Err(unknown());
    }
    let mut request = Request::get(server.join(target.route));
    resource::bind(graph.origin(), token)?.attach(&mut request)?;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorized(cloud: &str, origin: &str, headers: &[&str]) -> Result<Request, Failure> {
        located(cloud, origin, headers, "")
    }

    fn located(
        cloud: &str,
        origin: &str,
        headers: &[&str],
        endpoints: &str,
    ) -> Result<Request, Failure> {
        let headers: Vec<_> = headers.iter().map(|name| (*name).to_owned()).collect();
        let endpoints = Endpoints::new(endpoints);
        check(cloud, origin, &headers, &endpoints)?;
        authorize(cloud, Target { origin, route: "/v1.0/me?$select=id" }, "token", &endpoints)
    }

    #[test]
    fn each_cloud_has_its_graph() {
        for (cloud, host) in [
            ("", "graph.microsoft.com"),
            ("global", "graph.microsoft.com"),
            ("us-gov-high", "graph.microsoft.us"),
            ("us-gov-dod", "dod-graph.microsoft.us"),
            ("china", "microsoftgraph.chinacloudapi.cn"),
        ] {
            let request = authorized(cloud, &format!("https://{host}"), &["Prefer"]).unwrap();
            assert_eq!(request.url().as_str(), format!("https://{host}/v1.0/me?$select=id"));
            assert_eq!(request.header("authorization").unwrap().expose(), "Bearer token");
            assert!(resource::GRAPH.split(' ').any(|known| known == host));
        }
    }

    #[test]
    fn the_token_goes_to_the_clouds_graph_alone() {
        for (cloud, origin) in [
            ("global", "https://graph.microsoft.us"),
            ("us-gov-high", "https://graph.microsoft.com"),
            ("global", "https://graph.microsoft.com:8443"),
            ("global", "https://graph.microsoft.com.evil.example"),
            ("global", "https://evil.example"),
            ("global", "http://127.0.0.1:8080"),
        ] {
            let failure = authorized(cloud, origin, &[]).unwrap_err();
            assert_eq!(failure.code, Code::AudienceRefused, "{cloud} {origin}");
        }
        for origin in ["http://graph.microsoft.com", "null", ""] {
            assert!(authorized("global", origin, &[]).is_err(), "{origin}");
        }
        assert_eq!(
            authorized("mars", "https://graph.microsoft.com", &[]).unwrap_err().code,
            Code::InvalidArgument
        );
    }

    #[test]
    fn the_token_goes_where_the_clouds_graph_is_said_to_be() {
        let endpoints = r#"{
            "graph.microsoft.com": "http://127.0.0.1:9/graph/",
            "evil.example": "https://graph.microsoft.com",
            "*.microsoft.us": "http://egress.example"
        }"#;
        let request = located("", "https://graph.microsoft.com", &[], endpoints).unwrap();
        assert_eq!(request.url().as_str(), "http://127.0.0.1:9/graph/v1.0/me?$select=id");
        assert_eq!(request.header("authorization").unwrap().expose(), "Bearer token");
        // Whom it is for goes by the name, also where two names share a place.
        for (cloud, origin) in [
            ("", "http://127.0.0.1:9"),
            ("", "https://evil.example"),
            ("us-gov-high", "https://graph.microsoft.com"),
        ] {
            let failure = located(cloud, origin, &[], endpoints).unwrap_err();
            assert_eq!(failure.code, Code::AudienceRefused, "{cloud} {origin}");
        }
        let failure =
            located("us-gov-high", "https://graph.microsoft.us", &[], endpoints).unwrap_err();
        assert_eq!(failure.code, Code::InvalidArgument);
        let sharepoint =
            format!("e30.{}.c2ln", "eyJhdWQiOiJodHRwczovL2NvbnRvc28uc2hhcmVwb2ludC5jb20ifQ");
        let target = Target { origin: "https://graph.microsoft.com", route: "/" };
        let failure = authorize("", target, &sharepoint, &Endpoints::new(endpoints)).unwrap_err();
        assert_eq!(failure.code, Code::AudienceRefused);
    }

    #[test]
    fn the_pages_own_authorization_is_refused() {
        for name in ["authorization", "Authorization", "AUTHORIZATION"] {
            let failure =
                authorized("", "https://graph.microsoft.com", &["prefer", name]).unwrap_err();
            assert_eq!(failure.code, Code::InvalidArgument);
            assert!(failure.message.starts_with("headers: "), "{}", failure.message);
        }
    }
}
