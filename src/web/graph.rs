//! Requests to Microsoft Graph, for `js/page_tokens.js`.

use crate::auth::graph::{self, Target};
use crate::http::Endpoints;

use super::operation::{Arguments, Outcome, Reply};
use super::reply;

/// `(cloud)`: the address of its Graph; nothing for a cloud that has none.
pub(super) fn base(arguments: &mut Arguments<'_>) -> Reply {
    graph::base(&arguments.text()).map_or(Reply::Nothing, |base| Reply::text(&base.to_string()))
}

/// `(cloud, origin, headerNames, endpoints)`: throws what is wrong with a request that is
/// to be made.
///
/// # Errors
/// See [`graph::check`].
pub(super) fn check(arguments: &mut Arguments<'_>) -> Outcome {
    let (cloud, origin, headers) = (arguments.text(), arguments.text(), arguments.texts());
    graph::check(&cloud, &origin, &headers, &endpoints(arguments))?;
    Ok(Reply::Nothing)
}

/// `(cloud, origin, route, token, endpoints)`: the request's address and the
/// header that opens it, as it is to be sent.
///
/// # Errors
/// See [`graph::authorize`].
pub(super) fn authorize(arguments: &mut Arguments<'_>) -> Outcome {
    let (cloud, origin, route) = (arguments.text(), arguments.text(), arguments.text());
    let token = arguments.text();
    let target = Target { origin: &origin, route: &route };
    let request = graph::authorize(&cloud, target, &token, &endpoints(arguments))?;
    Ok(Reply::Json(reply::expose(&request)))
}

/// Addresses by hosts.
fn endpoints(arguments: &mut Arguments<'_>) -> Endpoints {
    Endpoints::new(arguments.json().raw())
}
