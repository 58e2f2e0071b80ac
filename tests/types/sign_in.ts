// What was written for MSAL's nested app authentication goes on with this package. Compiled, never run.

import type { AccountInfo as MsalAccount, AuthenticationResult as MsalResult, PopupRequest, SilentRequest } from "@azure/msal-browser";
import {
  NestedAppAuth,
  claimsFromChallenge,
  isConnectorError,
  type AccountInfo,
  type AuthenticationResult,
  type NestedAppAuthBridge,
  type TokenRequest,
} from "taskpane-connector";

// MSAL's requests, with whatever else they have.
declare const silent: SilentRequest;
declare const popup: PopupRequest;
silent satisfies TokenRequest;
popup satisfies TokenRequest;
declare const auth: NestedAppAuth;

// Answers, where MSAL's are expected.
declare const ours: { result: AuthenticationResult; account: AccountInfo };
ours.result satisfies MsalResult;
ours.account satisfies MsalAccount;
// And MSAL's accounts, where ours are asked for.
declare const known: MsalAccount;
void auth.acquireToken({ scopes: ["User.Read"], account: known });

export async function start(bridge: NestedAppAuthBridge, signal: AbortSignal): Promise<string | undefined> {
  try {
    using opened = await NestedAppAuth.open({ clientId: "c", bridge, clientCapabilities: ["CP1"], timeouts: { silentMs: 5_000 }, signal });
    const { accessToken, expiresOn } = await opened.acquireToken({ scopes: ["api://gateway/.default"] }, { signal });
    if (expiresOn.getTime() < 0) opened.invalidate(accessToken);
    const claims = claimsFromChallenge(new Headers().get("www-authenticate"));
    if (claims) await opened.acquireToken({ scopes: ["api://gateway/.default"], claims });
    opened.clear();
    return opened.availability.sdkName;
  } catch (error: unknown) {
    if (!isConnectorError(error)) throw error;
    const number: number | undefined = error.bridge?.aadsts;
    return error.code === "host-unsupported" ? error.availability?.hook : `${number}`;
  }
}

// @ts-expect-error the client ID is needed
void NestedAppAuth.open({});
// @ts-expect-error scopes are a list
void auth.acquireTokenSilent({ scopes: "User.Read" });
// @ts-expect-error it is opened, not made
new NestedAppAuth();
