//! What a connection showed, in words: a sentence for each of its rungs, and what else was seen.

use crate::knowledge::{HostForm, azure, host_form_of};
use crate::model::{Certificate, Connection, Reach, Stage, TransportFailure};

pub(super) fn dns_finding(found: &Connection) -> (String, Vec<String>) {
    let host = match &found.proxy {
        Some(proxy) => proxy,
        None => &found.host,
    };
    let mut evidence = Vec::new();
    if !found.aliases.is_empty() {
        evidence.push(format!(
            "{} is {}",
            found.host,
            found.aliases.join(", which is ")
        ));
    }
    if let Some(error) = found.dns.as_ref().and_then(|stage| stage.error.as_ref()) {
        return (error.text.clone(), evidence);
    }
    if found.dns.is_none() {
        return (format!("{host} is an address already"), evidence);
    }
    let shown: Vec<String> = found
        .addresses
        .iter()
        .map(|one| format!("{} ({})", ip_of(&one.address), reach(one.reach)))
        .collect();
    let is_private = found
        .addresses
        .iter()
        .any(|one| one.reach == Reach::Private);
    if is_private {
        evidence.push(
            "a private address: only who is in that network, or joined to it, gets there"
                .to_owned(),
        );
    }
    let is_alias = |part: &str| found.aliases.iter().any(|alias| alias.contains(part));
    if is_alias(".privatelink.") && !is_private {
        evidence.push(
            "the name goes by a private link zone and still has a public address: this machine's resolver does not know \
             the private zone"
                .to_owned(),
        );
    }
    if let Some(proxy) = &found.proxy {
        let text = format!("of the proxy {proxy}, which looks {} up itself", found.host);
        evidence.push(text);
    }
    (shown.join(", "), evidence)
}

pub(super) fn tcp_finding(found: &Connection) -> (String, Vec<String>) {
    let failed: Vec<String> = found
        .addresses
        .iter()
        .filter_map(|one| {
            let error = one.tried.as_ref()?.error.as_ref()?;
            Some(format!("{}: {}", one.address, error.text))
        })
        .collect();
    let open: Vec<&str> = found
        .addresses
        .iter()
        .filter(|one| is_open(one.tried.as_ref()))
        .map(|one| one.address.as_str())
        .collect();
    let error = found.tcp.as_ref().and_then(|stage| stage.error.as_ref());
    match error {
        Some(error) if open.is_empty() && failed.len() == 1 => (
            format!("{} {}", found.addresses[0].address, error.text),
            Vec::new(),
        ),
        Some(error) if open.is_empty() => (
            format!(
                "none of {} addresses lets connections in: {}",
                failed.len(),
                error.text
            ),
            failed,
        ),
        Some(error) => (error.text.clone(), failed),
        None => {
            let via = match &found.proxy {
                Some(proxy) => format!(", tunnel through {proxy}"),
                None => String::new(),
            };
            (format!("open: {}{via}", open.join(", ")), failed)
        }
    }
}

fn is_open(tried: Option<&Stage>) -> bool {
    tried.is_some_and(|stage| stage.error.is_none())
}

pub(super) fn tls_finding(found: &Connection) -> (String, Vec<String>) {
    let Some(stage) = &found.tls else {
        return ("plain HTTP, no TLS".to_owned(), Vec::new());
    };
    let Some(own) = found.certificates.first() else {
        let text = stage.error.as_ref().map(|error| error.text.as_str());
        let text = match text.unwrap_or_default() {
            text if text.contains("corrupt message") => {
                format!("no TLS is spoken on this port ({text})")
            }
            text => text.to_owned(),
        };
        return (text, Vec::new());
    };
    let version = found.tls_version.as_deref().unwrap_or("TLS");
    let mut evidence = Vec::new();
    if stage.error.is_some() {
        evidence.push(format!(
            "certificate for {}, {} to {}, signed by {}",
            own.names.join(", "),
            day(&own.not_before),
            day(&own.not_after),
            chain_of(&found.certificates)
        ));
    }
    let is_azure = host_form_of(&found.host) != HostForm::Custom;
    let is_usual = azure()
        .certificate_issuers
        .contains(&own.issuer_organization);
    if let Some(error) = &stage.error {
        let finding = match error.kind {
            TransportFailure::TlsExpired => format!(
                "the certificate is valid from {} to {} only",
                day(&own.not_before),
                day(&own.not_after)
            ),
            TransportFailure::TlsHostname => {
                format!(
                    "the certificate is for {}, not for {}",
                    own.names.join(", "),
                    found.host
                )
            }
            TransportFailure::TlsUntrusted => {
                format!(
                    "the certificate is signed by {}, which this machine does not trust",
                    signer(own)
                )
            }
            _ => error.text.clone(),
        };
        if error.kind == TransportFailure::TlsUntrusted && is_azure && !is_usual {
            evidence.push(format!(
                "Azure's own certificates are signed by {}: a proxy or a virus scanner opens the connection; give its \
                 root with --cacert",
                azure().certificate_issuers.join(" or ")
            ));
        }
        return (finding, evidence);
    }
    if found.is_unchecked {
        evidence.push("not checked, as -k asks".to_owned());
    } else if is_azure && !is_usual {
        evidence.push(format!(
            "not by {}, as Azure's own are: a proxy (or a simulated internet) reads along",
            azure().certificate_issuers.join(" or ")
        ));
    }
    let finding = match found.is_unchecked {
        true => format!("{version}, certificate not checked"),
        false => format!(
            "{version}, certificate for {} until {}, signed by {}",
            own.names.join(", "),
            day(&own.not_after),
            signer(own)
        ),
    };
    (finding, evidence)
}

fn chain_of(certificates: &[Certificate]) -> String {
    let mut signers: Vec<String> = certificates.iter().map(signer).collect();
    // A root signs itself.
    signers.dedup();
    signers.join(", that by ")
}

fn signer(certificate: &Certificate) -> String {
    match certificate.issuer_organization.as_str() {
        "" => certificate.issuer.clone(),
        organization => format!("{} ({organization})", certificate.issuer),
    }
}

fn day(moment: &str) -> &str {
    moment.split('T').next().unwrap_or_default()
}

fn ip_of(address: &str) -> &str {
    address.rsplit_once(':').map_or(address, |(ip, _)| ip)
}

fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Public => "public",
        Reach::Private => "private",
        Reach::Loopback => "this machine",
    }
}
