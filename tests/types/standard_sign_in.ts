// A page that signs in by itself. Compiled, never run.

import { StandardSignIn, isConnectorError, type AuthenticationResult, type NestedAppAuth, type OpenOptions, type OpenSignInWindow } from "taskpane-connector";

// What serves either way of signing in.
type TokenSource = Pick<NestedAppAuth, "acquireTokenSilent" | "acquireTokenPopup" | "acquireToken" | "accounts" | "invalidate">;

const ownWindow: OpenSignInWindow = async (url, { startUrl, signal }) => (signal.aborted ? undefined : `${startUrl}?from=${url}`);

export async function start(): Promise<AuthenticationResult | undefined> {
  try {
    using auth = await StandardSignIn.open({
      clientId: "c",
      authority: "https://login.microsoftonline.us/contoso",
      cloud: "us-gov-high",
      redirectUri: "/auth.html",
      startUrl: "/start.html",
      openDialog: ownWindow,
      storage: "session",
      timeouts: { popupMs: 60_000, closedMs: 1_000 },
    });
    auth satisfies TokenSource;
    for (const { reason, origin } of auth.ignored) console.warn(reason satisfies "origin" | "state", origin);
    const result = await auth.acquireTokenPopup({ scopes: ["User.Read"], prompt: "select_account", domainHint: "contoso.com" });
    if (auth.storage.protection === "none") await auth.signOut();
    return result;
  } catch (error: unknown) {
    if (isConnectorError(error) && error.code === "popup-blocked") return undefined;
    throw error;
  }
}

// @ts-expect-error a page to come back to is needed
void StandardSignIn.open({ clientId: "c" });
// @ts-expect-error no cloud of anybody's
void StandardSignIn.open({ clientId: "c", redirectUri: "/auth.html", cloud: "mars" });
// @ts-expect-error it is opened, not constructed
void new StandardSignIn();

/** What README.md shows: the connector's tokens from whatever signs in. */
export const issuedBy =
  (auth: TokenSource): NonNullable<OpenOptions["getToken"]> =>
  async ({ kind, scope, fresh, signal }) => {
    const scopes = kind === "entra-id" ? ["openid", "profile"] : scope.split(" ");
    const { accessToken, idToken, expiresOn, account } = await auth.acquireToken({ scopes, forceRefresh: fresh }, { signal });
    return kind === "entra-id" ? { token: idToken, account: account.username } : { token: accessToken, expiresAt: expiresOn.getTime() };
  };
