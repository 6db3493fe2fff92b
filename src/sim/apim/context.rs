//! What policy expressions find in `context`.

use super::expr::{Argument, Host, Object, Thrown, Type, Value, form, read_as};
use super::flow::{Destination, Flow, OriginalUrl};
use super::message::{Query, header_line};
use bytes::Bytes;

/// Ports that a URL need not name.
const HTTPS_PORT: i64 = 443;
const HTTP_PORT: i64 = 80;

impl Host for Flow<'_> {
    fn member(&mut self, object: Object, name: &str) -> Result<Value, Thrown> {
        let found = match object {
            Object::Context => self.root(name),
            Object::Request => match name {
                "Method" => text(self.method.as_str()),
                "IpAddress" => text(&self.context.caller_ip),
                "Url" => Value::Object(Object::Url),
                "OriginalUrl" => Value::Object(Object::OriginalUrl),
                "Headers" => Value::Object(Object::RequestHeaders),
                "MatchedParameters" => Value::Object(Object::MatchedParameters),
                "Body" if self.body.is_empty() => Value::Null,
                "Body" => Value::Object(Object::RequestBody),
                _ => Value::Null,
            },
            Object::Response => self.response_member(name),
            Object::Url => self.url_member(name),
            Object::OriginalUrl => original_member(&self.original, name),
            Object::Api => self.api.map_or(Value::Null, |api| match name {
                "Id" => text(&api.id),
                "Name" => text(&api.config.display_name),
                "Path" => text(api.config.path.trim_matches('/')),
                "Revision" => text("1"),
                "IsCurrentRevision" => Value::Bool(true),
                "ServiceUrl" => api.config.service_url.as_deref().map_or(Value::Null, text),
                "Protocols" => Value::list(vec![text("https")]),
                _ => Value::Null,
            }),
            Object::Operation => self.operation.map_or(Value::Null, |it| match name {
                "Id" => text(&it.id),
                "Name" => text(&it.config.display_name),
                "Method" => text(&it.config.method),
                "UrlTemplate" => text(&it.config.url_template),
                _ => Value::Null,
            }),
            Object::Product => {
                let products = &self.site.config.products;
                match (name, self.product) {
                    ("Id", Some(id)) => text(id),
                    ("Name", Some(id)) => products
                        .get(id)
                        .map_or(Value::Null, |it| text(&it.display_name)),
                    _ => Value::Null,
                }
            }
            Object::Subscription => self.subscription_member(name),
            Object::Deployment => match name {
                "ServiceName" => text(&self.site.name),
                "Region" => text(&self.site.config.location),
                "GatewayId" => text("managed"),
                _ => Value::Null,
            },
            Object::LastError => self
                .last_error
                .as_ref()
                .map_or(Value::Null, |error| match name {
                    "Source" => text(&error.source),
                    "Reason" => text(&error.reason),
                    "Message" => text(&error.message),
                    "Scope" => text(&error.scope),
                    "Section" => text(&error.section),
                    "Path" => text(&error.path),
                    "PolicyId" => text(&error.policy_id),
                    _ => Value::Null,
                }),
            _ => Value::Null,
        };
        Ok(found)
    }

    fn index(&mut self, object: Object, key: &str) -> Result<Value, Thrown> {
        let values = match object {
            Object::Variables => {
                return self
                    .variables
                    .get(key)
                    .cloned()
                    .ok_or_else(Thrown::key_not_found);
            }
            Object::MatchedParameters => {
                return self.look_up(object, key).ok_or_else(Thrown::key_not_found);
            }
            Object::RequestHeaders => self.header_values(key),
            Object::ResponseHeaders => self.response_header_values(key),
            Object::Query => self.query.all(key),
            Object::OriginalQuery => self.original.query.all(key),
            _ => Vec::new(),
        };
        if values.is_empty() {
            return Err(Thrown::key_not_found());
        }
        Ok(Value::list(values.into_iter().map(Value::String).collect()))
    }

    fn call(
        &mut self,
        object: Object,
        name: &str,
        type_argument: Option<Type>,
        arguments: &[Argument],
    ) -> Result<Value, Thrown> {
        let key = arguments.first().map(|it| it.value.print());
        let key = key.as_deref().unwrap_or_default();
        match (object, name) {
            (Object::RequestBody | Object::ResponseBody, "As") => {
                let keeps = match arguments.first() {
                    Some(argument) => argument.value.as_bool()?,
                    None => false,
                };
                if arguments.first().is_some_and(|it| {
                    it.label
                        .as_deref()
                        .is_some_and(|it| it != "preserveContent")
                }) {
                    return Err(Thrown("As takes preserveContent.".into()));
                }
                let bytes = self.read_body(object, keeps);
                read_as(&bytes, type_argument.unwrap_or(Type::String))
            }
            (Object::RequestBody | Object::ResponseBody, "AsFormUrlEncodedContent") => {
                let keeps = match arguments.first() {
                    Some(argument) => argument.value.as_bool()?,
                    None => false,
                };
                Ok(form(&self.read_body(object, keeps)))
            }
            (Object::Context, "Trace") => {
                self.note("trace", key);
                Ok(Value::Null)
            }
            (_, "TryGetValue") => {
                let found = self.look_up(object, key);
                let is_there = Value::Bool(found.is_some());
                Ok(Value::Pair((is_there, found.unwrap_or(Value::Null)).into()))
            }
            (_, "ContainsKey") => Ok(Value::Bool(self.look_up(object, key).is_some())),
            (_, "GetValueOrDefault") => {
                let default = arguments.get(1).map(|it| it.value.clone());
                let default = default.unwrap_or(match type_argument {
                    Some(Type::Int) => Value::Int(0),
                    Some(Type::Double) => Value::Double(0.0),
                    Some(Type::Bool) => Value::Bool(false),
                    _ => Value::Null,
                });
                let found = self.look_up(object, key).unwrap_or(default);
                match type_argument {
                    _ if found.is_null() => Ok(Value::Null),
                    Some(to) => found.cast(to),
                    None => Ok(found),
                }
            }
            (Object::Url, "ToString") => Ok(Value::String(self.current_url())),
            (Object::OriginalUrl, "ToString") => Ok(Value::String(self.original.print())),
            _ => Err(Thrown(format!("'{name}' is not defined."))),
        }
    }

    fn entries(&mut self, object: Object) -> Option<Vec<(Value, Value)>> {
        let named = |headers: &http::HeaderMap| -> Vec<String> {
            headers
                .keys()
                .map(|name| name.as_str().to_owned())
                .collect()
        };
        let names = match object {
            Object::Variables => {
                let variables = self.variables.iter();
                return Some(
                    variables
                        .map(|(name, value)| (text(name), value.clone()))
                        .collect(),
                );
            }
            Object::MatchedParameters => {
                let parameters = self.parameters.iter();
                return Some(
                    parameters
                        .map(|(name, value)| (text(name), text(value)))
                        .collect(),
                );
            }
            Object::RequestHeaders => named(&self.headers),
            Object::ResponseHeaders => named(&self.response.as_ref()?.headers),
            Object::Query => self.query.names(),
            Object::OriginalQuery => self.original.query.names(),
            _ => return None,
        };
        Some(
            names
                .into_iter()
                .map(|name| {
                    let values = self.index(object, &name).unwrap_or(Value::Null);
                    (Value::String(name), values)
                })
                .collect(),
        )
    }

    fn now(&self) -> std::time::SystemTime {
        self.context.clock.now()
    }
}

impl Flow<'_> {
    /// The URL that the request would be sent to as things stand. A pool has none of its own, so the gateway's
    /// host stays.
    pub(super) fn current_base(&self) -> String {
        let backends = &self.site.config.backends;
        let base = match &self.destination {
            Destination::Url(url) => Some(url.clone()),
            Destination::Backend(id) => backends
                .get(id)
                .map(|backend| backend.url.clone())
                .filter(|url| !url.is_empty()),
            Destination::Service => self.api.and_then(|api| api.config.service_url.clone()),
        };
        base.unwrap_or_else(|| format!("{}://{}", self.original.scheme, self.original.host))
    }

    /// The whole of that URL.
    pub(super) fn current_url(&self) -> String {
        join_url(&self.current_base(), &self.path, &self.query)
    }

    fn root(&self, name: &str) -> Value {
        let some = |object, exists: bool| {
            if exists {
                Value::Object(object)
            } else {
                Value::Null
            }
        };
        match name {
            "RequestId" => text(&self.request_id),
            "Timestamp" => {
                jiff::Timestamp::try_from(self.context.clock.now()).map_or(Value::Null, Value::Time)
            }
            "Elapsed" => Value::Span(jiff::SignedDuration::ZERO),
            "Tracing" => Value::Bool(self.recorder.is_some()),
            "Request" => Value::Object(Object::Request),
            "Response" => some(Object::Response, self.response.is_some()),
            "Variables" => Value::Object(Object::Variables),
            "Api" => some(Object::Api, self.api.is_some()),
            "Operation" => some(Object::Operation, self.operation.is_some()),
            "Product" => some(Object::Product, self.product.is_some()),
            "Subscription" => some(Object::Subscription, self.subscription.is_some()),
            "Deployment" => Value::Object(Object::Deployment),
            "LastError" => some(Object::LastError, self.last_error.is_some()),
            _ => Value::Null,
        }
    }

    fn response_member(&self, name: &str) -> Value {
        let Some(response) = &self.response else {
            return Value::Null;
        };
        match name {
            "StatusCode" => Value::Int(response.status.into()),
            "StatusReason" => Value::String(response.reason()),
            "Headers" => Value::Object(Object::ResponseHeaders),
            "Body" if response.body.is_empty() => Value::Null,
            "Body" => Value::Object(Object::ResponseBody),
            _ => Value::Null,
        }
    }

    fn url_member(&self, name: &str) -> Value {
        let url = self.current_url();
        let Ok(url) = url::Url::parse(&url) else {
            return Value::Null;
        };
        match name {
            "Scheme" => text(url.scheme()),
            "Host" => text(url.host_str().unwrap_or_default()),
            "Port" => Value::Int(url.port_or_known_default().map_or(HTTPS_PORT, i64::from)),
            "Path" => text(url.path()),
            "QueryString" => Value::String(query_string(&self.query)),
            "Query" => Value::Object(Object::Query),
            _ => Value::Null,
        }
    }

    fn subscription_member(&self, name: &str) -> Value {
        let Some(id) = self.subscription else {
            return Value::Null;
        };
        let config = self.site.config.subscriptions.get(id);
        match (name, config) {
            ("Id" | "Name", _) => text(id),
            ("Key" | "PrimaryKey", Some(config)) => text(&config.primary_key),
            ("SecondaryKey", Some(config)) => text(&config.secondary_key),
            _ => Value::Null,
        }
    }

    fn look_up(&self, object: Object, key: &str) -> Option<Value> {
        let line = match object {
            Object::Variables => return self.variables.get(key).cloned(),
            Object::MatchedParameters => self
                .parameters
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, value)| value.clone()),
            Object::RequestHeaders => header_line(&self.headers, key),
            Object::ResponseHeaders => header_line(&self.response.as_ref()?.headers, key),
            Object::Query => joined(&self.query, key),
            Object::OriginalQuery => joined(&self.original.query, key),
            _ => None,
        };
        line.map(Value::String)
    }

    fn header_values(&self, key: &str) -> Vec<String> {
        let values = self.headers.get_all(key).iter();
        values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }

    fn response_header_values(&self, key: &str) -> Vec<String> {
        let headers = self.response.iter().flat_map(|it| it.headers.get_all(key));
        headers
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }

    fn read_body(&mut self, object: Object, keeps: bool) -> Bytes {
        if object == Object::RequestBody {
            return self.body.read(keeps);
        }
        match &mut self.response {
            Some(response) if keeps => response.body.clone(),
            Some(response) => std::mem::take(&mut response.body),
            None => Bytes::new(),
        }
    }
}

impl OriginalUrl {
    /// The URL as the client wrote it.
    pub(super) fn print(&self) -> String {
        let base = format!("{}://{}", self.scheme, self.host);
        join_url(&base, &self.path, &self.query)
    }
}

/// Base, path below it, and query.
pub(super) fn join_url(base: &str, below: &str, query: &Query) -> String {
    let base = base.trim_end_matches('/');
    let separator = if below.is_empty() || below.starts_with('/') {
        ""
    } else {
        "/"
    };
    format!("{base}{separator}{below}{}", query_string(query))
}

fn query_string(query: &Query) -> String {
    let printed = query.print();
    if printed.is_empty() {
        printed
    } else {
        format!("?{printed}")
    }
}

fn original_member(url: &OriginalUrl, name: &str) -> Value {
    match name {
        "Scheme" => text(&url.scheme),
        "Host" => text(&url.host),
        "Port" if url.scheme == "http" => Value::Int(HTTP_PORT),
        "Port" => Value::Int(HTTPS_PORT),
        "Path" => text(&url.path),
        "QueryString" => Value::String(query_string(&url.query)),
        "Query" => Value::Object(Object::OriginalQuery),
        _ => Value::Null,
    }
}

fn joined(query: &Query, key: &str) -> Option<String> {
    let values = query.all(key);
    (!values.is_empty()).then(|| values.join(","))
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}
