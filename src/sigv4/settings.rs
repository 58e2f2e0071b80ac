//! Where AWS services differ in what they sign.

/// How often the path is percent-encoded in the canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathEncoding {
    /// The path as it is sent, encoded once more: all services but S3.
    Double,
    /// As it is sent, in the canonical spelling of its escapes: S3, where the
    /// path is an object's name.
    Single,
}

/// What a service expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningSettings {
    /// How the path is encoded.
    pub path_encoding: PathEncoding,
    /// Whether `.`, `..` and empty segments are taken out of the path that is
    /// signed (RFC 3986 §5.2.4).
    pub normalizes_path: bool,
    /// Whether the payload's hash is sent as well, in `x-amz-content-sha256`.
    /// Each further header is one more that a server must allow by CORS.
    pub sends_payload_hash: bool,
}

impl SigningSettings {
    /// Every service but S3.
    pub const STANDARD: Self = Self {
        path_encoding: PathEncoding::Double,
        normalizes_path: true,
        sends_payload_hash: false,
    };

    /// S3 and what speaks its protocol.
    pub const S3: Self = Self {
        path_encoding: PathEncoding::Single,
        normalizes_path: false,
        sends_payload_hash: true,
    };

    /// What the service of that signing name expects.
    #[must_use]
    pub fn of_service(service: &str) -> Self {
        match service {
            "s3" | "s3-object-lambda" | "s3-outposts" | "s3express" => Self::S3,
            _ => Self::STANDARD,
        }
    }
}
