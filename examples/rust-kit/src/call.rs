//! One request of a connector: the manifest's act with its parameters, in the order in which they were set.

use crate::facts::Request;
use crate::patchbay::*;
use crate::seal::Sealed;

/// A parameter's value.
#[derive(Clone, Debug)]
enum Value {
    /// Percent-encoded in a query, quoted in JSON.
    Text(String),
    /// Written as it is: a number, a list of JSON, what is encoded already.
    Bare(String),
}

#[derive(Clone)]
pub struct Call {
    /// The manifest's act; empty for a public request.
    pub act: &'static str,
    /// `PB_METHOD_`; parameters of `PB_METHOD_GET` and `PB_METHOD_DELETE` stand behind the path, others in the body.
    pub method: u32,
    pub path: String,
    /// `PB_PRIORITY_`.
    pub priority: u32,
    pub charges: Vec<pb_charge>,
    pub deadline_ns: i64,
    fields: Vec<(&'static str, Value)>,
}

impl Call {
    pub fn new(act: &'static str, method: u32, path: impl Into<String>) -> Call {
        let (priority, deadline_ns, path) = (PB_PRIORITY_QUERY, 10_000_000_000, path.into());
        Call { act, method, path, priority, charges: Vec::new(), deadline_ns, fields: Vec::new() }
    }

    pub fn set(&mut self, name: &'static str, value: &str) {
        self.fields.push((name, Value::Text(value.to_string())));
    }

    /// A number, a list of JSON, or what is encoded already.
    pub fn set_bare(&mut self, name: &'static str, value: String) {
        self.fields.push((name, Value::Bare(value)));
    }

    /// The same call without a parameter.
    pub fn without(mut self, name: &str) -> Call {
        self.fields.retain(|field| field.0 != name);
        self
    }

    /// `{"symbol":"BTCUSDT","qty":"1"}`.
    pub fn json(&self) -> String {
        let mut text = String::from("{");
        for (place, (name, value)) in self.fields.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            match value {
                Value::Text(value) => text += &format!("{}\"{}\":{}", comma, name, quoted(value)),
                Value::Bare(value) => text += &format!("{}\"{}\":{}", comma, name, value),
            }
        }
        text + "}"
    }

    /// `symbol=BTCUSDT&limit=50`.
    pub fn query(&self) -> String {
        let one = |(name, value): &(&'static str, Value)| match value {
            Value::Text(value) => format!("{}={}", name, percent_encoded(value)),
            Value::Bare(value) => format!("{}={}", name, value),
        };
        self.fields.iter().map(one).collect::<Vec<_>>().join("&")
    }

    fn has_body(&self) -> bool {
        !matches!(self.method, PB_METHOD_GET | PB_METHOD_DELETE)
    }

    /// The path, with the query where there is one.
    pub fn target(&self) -> String {
        let query = if self.has_body() { String::new() } else { self.query() };
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{}{}", self.path, mark, query)
    }

    /// The request to a host, which is still to be signed.
    pub fn request(&self, host: &str, command: pb_id) -> Request {
        let mut request = Request::new(self.method, format!("{}{}", host, self.target()));
        if self.has_body() {
            request.body = Sealed::from(self.json());
            request.header("Content-Type", "application/json");
        }
        request.permission = self.act;
        request.command = command;
        request.priority = self.priority;
        request.charges = self.charges.clone();
        request.deadline_ns = self.deadline_ns;
        request
    }
}

/// All but `A-Z a-z 0-9 - _ . ~`.
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{:02X}", byte);
        }
    }
    encoded
}

/// The same of what an exchange may have encoded already.
pub fn percent_encoded_once(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~%".contains(&byte)) {
        return text.to_string();
    }
    percent_encoded(text)
}

/// A text as a JSON string, its quotes included.
pub fn quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    result.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                result.push('\\');
                result.push(character);
            }
            control if u32::from(control) < 0x20 => result += &format!("\\u{:04x}", u32::from(control)),
            other => result.push(other),
        }
    }
    result.push('"');
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_parameters_in_their_order() {
        let mut call = Call::new("place", PB_METHOD_POST, "/order");
        call.set("symbol", "A&B\"");
        call.set_bare("n", "5".to_string());
        assert_eq!(call.json(), r#"{"symbol":"A&B\"","n":5}"#);
        assert_eq!(call.query(), "symbol=A%26B%22&n=5");
        assert_eq!(call.clone().without("symbol").json(), r#"{"n":5}"#);
        assert_eq!(quoted("\u{1}"), "\"\\u0001\"");
        assert_eq!((percent_encoded_once("a%3Db"), percent_encoded_once("a=b")), ("a%3Db".into(), "a%3Db".into()));
    }
}
