/**
 * The script of the page that the sign-in's window begins and ends with:
 * `redirectUri`, and `startUrl` where that is another one. It is loaded for its
 * effects alone, after office.js:
 *
 * ```html
 * <!doctype html>
 * <html lang="en">
 * <meta charset="utf-8">
 * <title>Sign in</title>
 * <script src="https://appsforoffice.microsoft.com/lib/1/hosted/office.js"></script>
 * <script type="module">import "taskpane-connector/auth-page";</script>
 * <body></body>
 * </html>
 * ```
 */
export {};
