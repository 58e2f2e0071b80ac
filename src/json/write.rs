//! Composes JSON texts.
//!
//! ```
//! use taskpane_connector::json::write::Object;
//!
//! let mut out = String::new();
//! let mut object = Object::new(&mut out);
//! object.string("model", "claude");
//! object.number("max_tokens", 1);
//! object.array("messages").object().string("role", "user");
//! drop(object);
//! assert_eq!(out, r#"{"model":"claude","max_tokens":1,"messages":[{"role":"user"}]}"#);
//! ```

/// Appends a text as a JSON string, with its quotes.
pub fn push_string(out: &mut String, text: &str) {
    const HEX: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c| c == '"' || c == '\\' || c < ' ') {
        let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut chars = special.chars();
        match chars.next() {
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some(control) if control < ' ' => {
                out.push_str("\\u00");
                out.push(if control < '\u{10}' { '0' } else { '1' });
                out.push(HEX.get(control as usize & 15).copied().unwrap_or('0'));
            }
            Some(quote_or_backslash) => {
                out.push('\\');
                out.push(quote_or_backslash);
            }
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends a whole number.
pub fn push_number(out: &mut String, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        length += 1;
        if number == 0 {
            break;
        }
    }
    out.extend(digits.iter().skip(20 - length).copied().map(char::from));
}

/// Writes an object. It is closed when the writer is dropped.
#[derive(Debug)]
pub struct Object<'o> {
    out: &'o mut String,
    empty: bool,
}

impl<'o> Object<'o> {
    /// Opens an object at the end of `out`.
    pub fn new(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, empty: true }
    }

    /// Writes a name; the caller appends exactly one value to what is returned.
    pub fn name(&mut self, name: &str) -> &mut String {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        push_string(self.out, name);
        self.out.push(':');
        self.out
    }

    /// A string member.
    pub fn string(&mut self, name: &str, value: &str) {
        push_string(self.name(name), value);
    }

    /// A whole number.
    pub fn number(&mut self, name: &str, value: u64) {
        push_number(self.name(name), value);
    }

    /// `true` or `false`.
    pub fn bool(&mut self, name: &str, value: bool) {
        self.name(name).push_str(if value { "true" } else { "false" });
    }

    /// `null`
    pub fn null(&mut self, name: &str) {
        self.name(name).push_str("null");
    }

    /// A value that is JSON already.
    pub fn json(&mut self, name: &str, value: super::Json<'_>) {
        self.name(name).push_str(value.raw());
    }

    /// A nested object.
    pub fn object(&mut self, name: &str) -> Object<'_> {
        Object::new(self.name(name))
    }

    /// A nested array.
    pub fn array(&mut self, name: &str) -> Array<'_> {
        Array::new(self.name(name))
    }
}

impl Drop for Object<'_> {
    fn drop(&mut self) {
        self.out.push('}');
    }
}

/// Writes an array. It is closed when the writer is dropped.
#[derive(Debug)]
pub struct Array<'o> {
    out: &'o mut String,
    empty: bool,
}

impl<'o> Array<'o> {
    /// Opens an array at the end of `out`.
    pub fn new(out: &'o mut String) -> Self {
        out.push('[');
        Self { out, empty: true }
    }

    /// Starts an element; the caller appends exactly one value to what is returned.
    pub fn element(&mut self) -> &mut String {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        self.out
    }

    /// A string.
    pub fn string(&mut self, value: &str) {
        push_string(self.element(), value);
    }

    /// A whole number.
    pub fn number(&mut self, value: u64) {
        push_number(self.element(), value);
    }

    /// A value that is JSON already.
    pub fn json(&mut self, value: super::Json<'_>) {
        self.element().push_str(value.raw());
    }

    /// A nested object.
    pub fn object(&mut self) -> Object<'_> {
        Object::new(self.element())
    }

    /// A nested array.
    pub fn array(&mut self) -> Array<'_> {
        Array::new(self.element())
    }
}

impl Drop for Array<'_> {
    fn drop(&mut self) {
        self.out.push(']');
    }
}
