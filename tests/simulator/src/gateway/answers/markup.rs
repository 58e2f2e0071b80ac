//! An answer that tries everything that model output must not do in a page.

use serde_json::{Value, json};

/// Text with scripts, remote images and deceptive links. The images point at the gateway itself, so that
/// its journal shows whether one was fetched.
pub(super) fn hostile(origin: &str) -> String {
    let beacon = format!("{origin}/beacon");
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    // Named, since the characters themselves would turn this source around.
    let (reversed, restored) = ('\u{202e}', '\u{202c}');
    format!(
        r#"Here is some HTML as you asked, and what comes with it in the wild:

<script>window.injected = "script"; parent.postMessage("injected", "*")</script>
<img src=x onerror="window.injected = 'onerror'">
<svg><script>window.injected = "svg"</script></svg>
<svg onload="window.injected = 'svg onload'"><animate onbegin="window.injected = 'svg animate'" attributeName=x dur=1s></svg>
<math><mtext><table><mglyph><style><img src=x onerror="window.injected = 'mxss'"></style></mglyph></table></mtext></math>
<iframe srcdoc="<script>parent.injected = 'iframe'</script>"></iframe>
<style>body {{ display: none }}</style>
<link rel="stylesheet" href="{beacon}/style.css">
<meta http-equiv="refresh" content="0; url={beacon}/refresh">
<base href="{beacon}/">
<form action="{beacon}/form"><input name="token" autofocus onfocus="window.injected = 'onfocus'"><button>Continue</button></form>
<details open ontoggle="window.injected = 'ontoggle'"><summary>More</summary></details>
<a href="javascript:window.injected='link'">harmless link</a>
<div style="position: fixed; inset: 0; background: url({beacon}/background.png)">Sign in again</div>
</textarea></title><img src="{beacon}/breakout.png">

Images in Markdown: ![quarterly chart]({beacon}/markdown.png?q=secret) and ![by reference][chart].

[chart]: {beacon}/reference.png "Chart"

Links in Markdown:

- [javascript](javascript:window.injected='markdown')
- [mixed case](JaVaScRiPt:window.injected='case')
- [with an entity](&#106;avascript:window.injected='entity')
- [data](data:text/html,<script>window.injected='data'</script>)
- [vbscript](vbscript:msgbox(1))
- [https://www.contoso.example/](https://phishing.example/)
- <https://autolink.example/>
- [protocol relative](//{host}/beacon/relative)
- ["onmouseover="window.injected='attribute'](https://example.com/"onmouseover="window.injected='attribute')

```html
<script>window.injected = "code block"</script>
<p>This one is meant to be shown as text.</p>
```

Inline: `<b onclick="window.injected = 'inline'">code</b>`, entities: &lt;script&gt; &amp; &#x3C;b&#x3E;, and a right-to-left override: {reversed}txt.exe{restored}.
"#
    )
}

/// A content block that no client knows, with what must survive a round trip.
pub(in crate::gateway) fn unknown_block() -> Value {
    json!({
        "type": "search_annotations",
        "query": "Umsatz 2026",
        "hits": [{ "title": "Ⅲ. Quartal", "score": 0.50, "seen": null }, { "title": "\u{1f4c8}", "score": 1e-7 }],
        "encrypted_content": "EqQBCkYIBxgCIkDsimulated==",
        "z_first": true,
        "a_last": { "10": "ten", "9": "nine" },
    })
}
