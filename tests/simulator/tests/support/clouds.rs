//! A client of the clouds, from AWS's own crates where there are any.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use base64::Engine as _;
use bytes::BytesMut;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use simulator::registrations;

use super::{Answer, Trial, read};

/// Who has signed in at AWS.
#[derive(Clone, Debug)]
pub struct AwsSession {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
}

/// A frame: its string headers and its payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub headers: Vec<(String, String)>,
    pub payload: Value,
}

impl Frame {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The event inside a chunk.
    pub fn event(&self) -> Value {
        let bytes = self.payload["bytes"].as_str().unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}

impl Trial {
    /// The address of a host's, with faults where there are any.
    pub fn at(&self, faults: &str, host: &str) -> String {
        let endpoints = self.organisation.endpoints(faults, "");
        let (_, address) = endpoints.iter().find(|(name, _)| name == host).unwrap();
        address.clone()
    }

    /// A token without a sign-in.
    pub async fn issued(&self, how: &str, query: &str) -> String {
        let url = format!("{}/issue?{query}", self.organisation.identity_url(how));
        let answer = read(self.client.get(url).send().await.unwrap()).await;
        answer.value()["token"].as_str().unwrap().to_owned()
    }

    /// Asks the token service.
    pub async fn assume(&self, faults: &str, change: &[(&str, &str)]) -> Answer {
        let token = self.issued("", "kind=entra-id").await;
        self.assume_with(&self.at(faults, "sts.amazonaws.com"), &token, change).await
    }

    pub async fn assume_with(&self, address: &str, token: &str, change: &[(&str, &str)]) -> Answer {
        let mut form = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", registrations::AWS_ROLE_ARN),
            ("RoleSessionName", "ada@contoso.example"),
            ("DurationSeconds", "3600"),
            ("WebIdentityToken", token),
        ];
        for (name, value) in change {
            form.iter_mut().filter(|(found, _)| found == name).for_each(|field| field.1 = value);
        }
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let body: Vec<_> =
            form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let request = self
            .client
            .post(format!("{address}/"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .header("origin", self.organisation.pane_origin())
            .body(body.join("&"));
        read(request.send().await.unwrap()).await
    }

    /// Credentials for a role.
    pub async fn aws_session(&self, how: &str, role: &str) -> AwsSession {
        let token = self.issued(how, "kind=entra-id").await;
        let address = self.at("", "sts.amazonaws.com");
        let answer = self.assume_with(&address, &token, &[("RoleArn", role)]).await;
        AwsSession::of(&answer)
    }

    /// A request to Bedrock, signed.
    #[allow(clippy::disallowed_methods, reason = "a request is signed at the time that it is")]
    pub fn bedrock(
        &self,
        session: &AwsSession,
        address: &str,
        path: &str,
        body: &Value,
    ) -> RequestBuilder {
        self.bedrock_at(session, address, path, body, SystemTime::now(), "us-east-1")
    }

    pub fn bedrock_at(
        &self,
        session: &AwsSession,
        address: &str,
        path: &str,
        body: &Value,
        time: SystemTime,
        region: &str,
    ) -> RequestBuilder {
        let url = format!("{address}{path}");
        let body = body.to_string();
        let identity = Credentials::new(
            session.access_key_id.as_str(),
            session.secret_access_key.as_str(),
            Some(session.session_token.clone()),
            None,
            "test",
        )
        .into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("bedrock")
            .time(time)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = [("content-type", "application/json")];
        let signable = SignableRequest::new(
            "POST",
            &url,
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        );
        let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
        let (signed, _) = instructions.into_parts();
        let mut request = self
            .client
            .request(Method::POST, url)
            .header("content-type", "application/json")
            .header("origin", self.organisation.pane_origin());
        for header in signed {
            request = request.header(header.name().to_owned(), header.value().to_owned());
        }
        request.timeout(Duration::from_secs(20)).body(body)
    }
}

impl AwsSession {
    pub fn of(answer: &Answer) -> Self {
        let value = answer.value();
        let credentials = &value["AssumeRoleWithWebIdentityResponse"]["AssumeRoleWithWebIdentityResult"]
            ["Credentials"];
        let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
        Self {
            access_key_id: text("AccessKeyId"),
            secret_access_key: text("SecretAccessKey"),
            session_token: text("SessionToken"),
        }
    }
}

/// A message in a cloud's format.
pub fn cloud_message(version: &str, prompt: &str) -> Value {
    json!({
        "anthropic_version": version,
        "max_tokens": 20_000,
        "messages": [{ "role": "user", "content": prompt }],
    })
}

/// Takes frames apart with AWS's decoder; what is wrong with them, in its words.
pub fn frames(body: &[u8]) -> Result<Vec<Frame>, String> {
    let mut decoder = MessageFrameDecoder::new();
    let mut bytes = BytesMut::from(body);
    let mut frames = Vec::new();
    loop {
        match decoder.decode_frame(&mut bytes) {
            Ok(DecodedFrame::Complete(message)) => frames.push(Frame {
                headers: message
                    .headers()
                    .iter()
                    .map(|header| {
                        let value = header.value().as_string().unwrap().as_str().to_owned();
                        (header.name().as_str().to_owned(), value)
                    })
                    .collect(),
                payload: serde_json::from_slice(message.payload()).unwrap(),
            }),
            Ok(_) if bytes.is_empty() => return Ok(frames),
            Ok(_) => return Err("not whole".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
    }
}
