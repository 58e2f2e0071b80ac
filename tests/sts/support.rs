//! What the tests of the exchange share.

use std::fs;
use std::path::PathBuf;

use taskpane_connector::auth::sts::{
    AssumeRole, Endpoint, RoleArn, StsError, TemporaryCredentials, endpoints,
};
use taskpane_connector::http::{Answer, Head};
use taskpane_connector::sigv4::Region;

/// 20261121T120000Z in milliseconds, an hour before the fixtures' end.
pub(crate) const NOON_MS: u64 = 1_795_262_400_000;

pub(crate) const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";

fn role() -> RoleArn {
    RoleArn::parse("arn:aws:iam::123456789012:role/Claude").unwrap()
}

pub(crate) fn endpoint() -> Endpoint {
    endpoints(&role(), &Region::parse("us-east-1").unwrap()).unwrap().remove(0)
}

pub(crate) fn parse(status: u16, body: &str) -> Result<TemporaryCredentials, StsError> {
    let assume = AssumeRole::new(role(), "ada@contoso.com", TOKEN).unwrap();
    let head = Head { status, ..Head::default() };
    assume.parse(&endpoint(), &Answer { head, body: body.to_owned() }, NOON_MS)
}

/// The fixtures of a folder by their names, sorted.
pub(crate) fn fixtures(folder: &str) -> Vec<(String, String)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sts").join(folder);
    let mut found: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    found
}
