// What the code before a fragment has imported and left behind.

import type * as sdk from "@anthropic-ai/sdk";
import type * as aiSdk from "@ai-sdk/anthropic";
import type * as taskpaneConnector from "taskpane-connector";

declare global {
  const Connector: typeof taskpaneConnector.Connector;
  const NestedAppAuth: typeof taskpaneConnector.NestedAppAuth;
  const StandardSignIn: typeof taskpaneConnector.StandardSignIn;
  const signAwsRequest: typeof taskpaneConnector.signAwsRequest;
  const Anthropic: typeof sdk.Anthropic;
  const createAnthropic: typeof aiSdk.createAnthropic;

  const connector: taskpaneConnector.Connector;
  const diagnosis: taskpaneConnector.Diagnosis;
  const auth: taskpaneConnector.NestedAppAuth;
  const request: taskpaneConnector.TokenRequest;
  const apiKey: string;
  const credentials: taskpaneConnector.AwsCredentials;
}
