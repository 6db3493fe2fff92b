//! What `validate-jwt` and `validate-azure-ad-token` have in common: finding a token and comparing its claims.

use super::super::answer::built_in;
use super::super::document::{Element, Misfit, Text};
use super::super::expr::{Token, Value};
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::Flow;
use super::super::message::header_line;
use crate::sim::entra::{self, Claims, TokenFault};
use serde_json::Value as Json;

/// A token is demanded, judged, kept in a variable, or its bearer refused.
pub(super) struct Guard {
    source: Source,
    scheme: Option<String>,
    code: Text,
    message: Option<Text>,
    claims: Vec<RequiredClaim>,
    output_variable: Option<String>,
}

/// What a policy says where its configuration gives no message.
pub(super) struct Wording {
    /// In `LastError`, where there is no token.
    pub(super) not_present: &'static str,
    /// To the caller, where there is no token.
    pub(super) missing: &'static str,
    /// To the caller, where the token is refused.
    pub(super) invalid: &'static str,
}

/// Where a token is looked for.
struct Source {
    header: Option<String>,
    query: Option<String>,
    value: Option<Text>,
}

/// A claim that a token must have.
struct RequiredClaim {
    name: String,
    /// All values must be there; otherwise any.
    wants_all: bool,
    separator: Option<String>,
    values: Vec<Text>,
}

/// Why a token is refused, in the words of `LastError`.
pub(super) struct Refusal {
    pub(super) reason: &'static str,
    pub(super) message: String,
}

impl Guard {
    /// Attributes that both policies take.
    pub(super) const ATTRIBUTES: [&'static str; 6] = [
        "header-name",
        "query-parameter-name",
        "token-value",
        "failed-validation-httpcode",
        "failed-validation-error-message",
        "output-token-variable-name",
    ];

    /// Reads them, and the claims; `default_header` says where the token is if nothing else does.
    pub(super) fn read(element: &Element, default_header: Option<&str>) -> Result<Self, Misfit> {
        Ok(Guard {
            source: Source::read(element, default_header)?,
            scheme: element.attribute("require-scheme").map(str::to_owned),
            code: element
                .text_attribute("failed-validation-httpcode")?
                .unwrap_or_else(|| Text::Literal("401".into())),
            message: element.text_attribute("failed-validation-error-message")?,
            claims: RequiredClaim::read_all(element)?,
            output_variable: element
                .attribute("output-token-variable-name")
                .map(str::to_owned),
        })
    }

    /// Lets the request pass or answers it; `judge` is what one policy alone asks of the claims.
    pub(super) fn admit<J>(&self, flow: &mut Flow<'_>, wording: &Wording, judge: J) -> Outcome
    where
        J: FnOnce(&mut Flow<'_>, &Claims) -> Result<Result<(), Refusal>, Box<Fault>>,
    {
        let (refusal, default) = match self.source.find(flow)? {
            None => {
                let refusal = Refusal::new("TokenNotPresent", wording.not_present);
                (refusal, wording.missing)
            }
            Some((scheme, token)) => match self.check(flow, scheme.as_deref(), &token, judge)? {
                Ok(claims) => {
                    if let Some(variable) = &self.output_variable {
                        flow.variables
                            .insert(variable.clone(), Value::Jwt(Token::from(claims)));
                    }
                    return Ok(Next::Continue);
                }
                Err(refusal) => (refusal, wording.invalid),
            },
        };
        let message = match &self.message {
            Some(message) => flow.text(message)?,
            None => default.to_owned(),
        };
        let answer = built_in(status(flow, &self.code)?, &message);
        Err(Fault::answered(refusal.reason, refusal.message, answer))
    }

    fn check<J>(
        &self,
        flow: &mut Flow<'_>,
        scheme: Option<&str>,
        token: &str,
        judge: J,
    ) -> Result<Result<Json, Refusal>, Box<Fault>>
    where
        J: FnOnce(&mut Flow<'_>, &Claims) -> Result<Result<(), Refusal>, Box<Fault>>,
    {
        if let Some(wanted) = &self.scheme
            && !scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(wanted))
        {
            let message = format!("Token scheme is not {wanted}. Access denied.");
            return Ok(Err(Refusal::new("JwtInvalid", message)));
        }
        let claims = match inspect(flow, token) {
            Ok(claims) => claims,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Err(refusal) = judge(flow, &claims)? {
            return Ok(Err(refusal));
        }
        let claims = serde_json::to_value(&claims).unwrap_or_default();
        for claim in &self.claims {
            if let Err(refusal) = claim.check(flow, &claims)? {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(claims))
    }
}

impl Source {
    fn read(element: &Element, default_header: Option<&str>) -> Result<Self, Misfit> {
        let header = element.attribute("header-name").map(str::to_owned);
        let query = element.attribute("query-parameter-name").map(str::to_owned);
        let value = element.text_attribute("token-value")?;
        let is_given = header.is_some() || query.is_some() || value.is_some();
        if !is_given && default_header.is_none() {
            return Err(element
                .misfit("it needs `header-name`, `query-parameter-name` or `token-value`".into()));
        }
        Ok(Source {
            header: if is_given {
                header
            } else {
                default_header.map(str::to_owned)
            },
            query,
            value,
        })
    }

    /// The scheme, where there is one, and the token without it.
    fn find(&self, flow: &mut Flow<'_>) -> Result<Option<(Option<String>, String)>, Box<Fault>> {
        let raw = if let Some(value) = &self.value {
            Some(flow.text(value)?)
        } else {
            let header = self.header.as_deref();
            let query = self.query.as_deref();
            header
                .and_then(|name| header_line(&flow.headers, name))
                .or_else(|| query.and_then(|name| flow.query.first(name)))
        };
        Ok(raw
            .filter(|raw| !raw.trim().is_empty())
            .map(|raw| match raw.trim().split_once(' ') {
                Some((scheme, token)) => (Some(scheme.to_owned()), token.trim().to_owned()),
                None => (None, raw.trim().to_owned()),
            }))
    }
}

impl RequiredClaim {
    /// Reads `<required-claims>`.
    fn read_all(element: &Element) -> Result<Vec<Self>, Misfit> {
        let mut claims = Vec::new();
        for list in element
            .children
            .iter()
            .filter(|it| it.name == "required-claims")
        {
            list.allow(&[], &["claim"])?;
            for claim in &list.children {
                claim.allow(&["name", "match", "separator"], &["value"])?;
                let values = claim.children.iter().filter(|it| it.name == "value");
                let values = values.map(Element::text);
                claims.push(RequiredClaim {
                    name: claim.required("name")?.to_owned(),
                    wants_all: claim.attribute("match").unwrap_or("all") != "any",
                    separator: claim.attribute("separator").map(str::to_owned),
                    values: values.collect::<Result<_, _>>()?,
                });
            }
        }
        Ok(claims)
    }

    /// Whether `claims` has it.
    fn check(&self, flow: &mut Flow<'_>, claims: &Json) -> Result<Result<(), Refusal>, Box<Fault>> {
        let held: Vec<String> = match claims.get(&self.name) {
            None => {
                return Ok(Err(Refusal::new(
                    "TokenClaimNotFound",
                    format!(
                        "JWT token is missing the following claims: {}. Access denied.",
                        self.name
                    ),
                )));
            }
            Some(Json::Array(items)) => items.iter().map(as_text).collect(),
            Some(value) => match &self.separator {
                Some(separator) => as_text(value)
                    .split(separator.as_str())
                    .map(str::to_owned)
                    .collect(),
                None => vec![as_text(value)],
            },
        };
        let mut found = Vec::new();
        for value in &self.values {
            found.push(held.contains(&flow.text(value)?.trim().to_owned()));
        }
        let is_met = found.is_empty()
            || if self.wants_all {
                found.iter().all(|is_there| *is_there)
            } else {
                found.contains(&true)
            };
        Ok(if is_met {
            Ok(())
        } else {
            Err(Refusal::new(
                "TokenClaimValueNotAllowed",
                format!(
                    "Claim {} value of {} is not allowed. Access denied.",
                    self.name,
                    held.join(",")
                ),
            ))
        })
    }
}

impl Refusal {
    pub(super) fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Refusal {
            reason,
            message: message.into(),
        }
    }
}

/// Signature, tenant and end of `token`, which an openid-config of the world's tenant vouches for.
fn inspect(flow: &Flow<'_>, token: &str) -> Result<Claims, Refusal> {
    let now = flow.context.clock.now();
    entra::inspect(flow.world, token, now).map_err(|fault| match fault {
        TokenFault::Expired => Refusal::new("TokenExpired", "JWT is expired. Access denied."),
        TokenFault::WrongTenant => Refusal::new(
            "TokenSignatureKeyNotFound",
            "JWT was signed with a key that is not known. Access denied.",
        ),
        TokenFault::Malformed if token.matches('.').count() == 2 => Refusal::new(
            "TokenSignatureInvalid",
            "JWT signature is invalid. Access denied.",
        ),
        TokenFault::Malformed => Refusal::new("JwtInvalid", "Token is not a JWT. Access denied."),
    })
}

/// Whether `value` is one of `listed`; an empty list takes all. A slash at the end does not count.
pub(super) fn is_listed(
    flow: &mut Flow<'_>,
    listed: &[Text],
    value: &str,
) -> Result<bool, Box<Fault>> {
    let mut found = listed.is_empty();
    for text in listed {
        let text = flow.text(text)?;
        found |= text.trim().trim_end_matches('/') == value.trim_end_matches('/');
    }
    Ok(found)
}

/// `text` as an HTTP status.
pub(super) fn status(flow: &mut Flow<'_>, text: &Text) -> Result<u16, Box<Fault>> {
    let code = flow.number(text)?;
    u16::try_from(code)
        .ok()
        .filter(|code| (100..=999).contains(code))
        .ok_or_else(|| {
            Fault::new(
                "ExpressionValueEvaluationFailure",
                format!("'{code}' is no status code."),
            )
        })
}

fn as_text(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
