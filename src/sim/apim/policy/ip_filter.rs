//! `ip-filter`: lets callers in, or keeps them out, by address.

use super::super::answer::{FORBIDDEN, built_in};
use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::Flow;
use super::Policy;
use async_trait::async_trait;
use std::net::IpAddr;

struct IpFilter {
    allows: bool,
    addresses: Vec<Text>,
    ranges: Vec<(Text, Text)>,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    element.allow(&["action"], &["address", "address-range"])?;
    let allows = match element.required("action")? {
        "allow" => true,
        "forbid" => false,
        other => return Err(element.misfit(format!("`action` is allow or forbid, not `{other}`"))),
    };
    let mut filter = IpFilter {
        allows,
        addresses: Vec::new(),
        ranges: Vec::new(),
    };
    for child in &element.children {
        if child.name == "address" {
            child.allow(&[], &[])?;
            filter.addresses.push(child.text()?);
        } else if child.name == "address-range" {
            child.allow(&["from", "to"], &[])?;
            let range = (child.required_text("from")?, child.required_text("to")?);
            filter.ranges.push(range);
        }
    }
    Ok(Box::new(filter))
}

#[async_trait]
impl Policy for IpFilter {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        let caller = flow.context.caller_ip.clone();
        let Ok(address) = caller.parse::<IpAddr>() else {
            let message = format!("Failed to parse caller IP address {caller}. Access denied.");
            return Err(refuse("FailedToParseCallerIP", message));
        };
        let mut is_listed = false;
        for listed in &self.addresses {
            is_listed |= read(&flow.text(listed)?) == Some(address);
        }
        for (from, to) in &self.ranges {
            let (from, to) = (read(&flow.text(from)?), read(&flow.text(to)?));
            is_listed |= from
                .is_some_and(|from| from <= address && from.is_ipv4() == address.is_ipv4())
                && to.is_some_and(|to| address <= to && to.is_ipv4() == address.is_ipv4());
        }
        if is_listed == self.allows {
            return Ok(Next::Continue);
        }
        let reason = if self.allows {
            "CallerIpNotAllowed"
        } else {
            "CallerIpBlocked"
        };
        let message = format!("Caller IP address {caller} is not allowed. Access denied.");
        Err(refuse(reason, message))
    }
}

fn read(text: &str) -> Option<IpAddr> {
    text.trim().parse().ok()
}

fn refuse(reason: &str, message: String) -> Box<Fault> {
    Fault::answered(reason, message, built_in(403, FORBIDDEN))
}
