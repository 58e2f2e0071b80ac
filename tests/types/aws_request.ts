// signAwsRequest takes what fetch takes, and gives what fetch takes. Compiled, never run.

import { type AwsCredentials, signAwsRequest } from "taskpane-connector";

declare const credentials: AwsCredentials;
const url = new URL("https://service.us-east-1.amazonaws.com/");
const options = { region: "us-east-1", service: "execute-api" };

const request = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
const headers = signAwsRequest({ url, ...request }, credentials, options);
headers satisfies HeadersInit;
void fetch(url, { ...request, headers });

signAwsRequest({ url: url.href }, credentials, { ...options, date: Date.now() });
signAwsRequest({ url, headers: new Headers() }, credentials, { ...options, date: new Date() });
signAwsRequest({ url, headers: [["accept", "*/*"]], body: new Uint8Array(1) }, credentials, options);
signAwsRequest({ url, headers, body: null }, { accessKeyId: "", secretAccessKey: "", sessionToken: undefined }, options);

// @ts-expect-error: an address is needed
signAwsRequest({}, credentials, options);
// @ts-expect-error: fetch would add a header of its own
signAwsRequest({ url, body: new URLSearchParams() }, credentials, options);
// @ts-expect-error: there is no default region
signAwsRequest({ url }, credentials, { service: "execute-api" });
// @ts-expect-error: both halves of the key are needed
signAwsRequest({ url }, { accessKeyId: "AKID" }, options);
