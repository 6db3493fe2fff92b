//! What lies between a gateway and the account behind it: the policies that apply to a call, and the backends it can go to.

use super::found::{Found, strip_api};
use super::policy::{Destination, Effective};
use crate::model::{Api, Backend, Gateway};

/// Policies that change what the backend is asked.
const REWRITERS: [&str; 5] = [
    "rewrite-uri",
    "set-query-parameter",
    "set-body",
    "set-method",
    "find-and-replace",
];

/// Pools may hold pools; no deeper than this.
const MOST_DEPTH: u32 = 4;

impl Found {
    /// What lies between the gateway and the account: policies and backends.
    pub(super) fn take_way(
        &mut self,
        gateway: &Gateway,
        api: &Api,
        policy: &Effective,
        path: &str,
    ) {
        let has = |name: &str| policy.elements.contains_key(name);
        self.rewriters = REWRITERS
            .iter()
            .filter_map(|name| Some(format!("`{name}` in {}", policy.elements.get(*name)?)))
            .collect();
        let mut leaves: Vec<&Backend> = Vec::new();
        let mut urls: Vec<&str> = Vec::new();
        match &policy.destination {
            Some(Destination::Backend(id)) => collect(gateway, id, MOST_DEPTH, &mut leaves),
            Some(Destination::Url(url)) => urls.push(url),
            Some(Destination::Unknown) => leaves.extend(&gateway.backends),
            None => urls.extend(api.service_url.as_deref()),
        }
        urls.extend(leaves.iter().filter_map(|one| one.url.as_deref()));
        if !has("rewrite-uri") {
            let rest = strip_api(api, path).unwrap_or_default();
            let upstream =
                |url: &&str| format!("{}{rest}", url.trim_end_matches('/')).to_ascii_lowercase();
            self.upstreams = urls.iter().map(upstream).collect();
        }
        self.backends = leaves.iter().map(|one| one.name.to_string()).collect();
        self.token_resources = leaves
            .iter()
            .filter_map(|one| one.managed_identity_resource.clone())
            .collect();
        self.token_resources.sort();
        self.token_resources.dedup();
        let adds = |one: &&Backend| {
            one.managed_identity_resource.is_some() || !one.credential_headers.is_empty()
        };
        self.has_backend_credential = (!leaves.is_empty()).then(|| {
            leaves.iter().all(adds) || has("authentication-managed-identity") || has("set-header")
        });
        self.breakers = leaves
            .iter()
            .filter(|one| one.circuit_breaker.is_some())
            .map(|one| one.name.to_string())
            .collect();
        self.has_expression = Some(policy.has_expression);
        self.forward_timeout_ms = policy.forward_timeout_s.map(|seconds| seconds * 1000);
        self.policy_messages.clone_from(&policy.messages);
        self.policy_statuses.clone_from(&policy.statuses);
        self.policy.clone_from(&policy.elements);
    }
}

/// The backends that `id` stands for: itself, or the members of the pool that it is.
fn collect<'a>(gateway: &'a Gateway, id: &str, depth: u32, leaves: &mut Vec<&'a Backend>) {
    let is_it = |one: &&Backend| one.name.as_str().eq_ignore_ascii_case(id);
    let Some(backend) = gateway.backends.iter().find(is_it) else {
        return;
    };
    if backend.pool.is_empty() {
        leaves.push(backend);
    }
    for member in backend.pool.iter().filter(|_| depth > 0) {
        collect(gateway, member.backend.as_str(), depth - 1, leaves);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PoolMember;

    fn way(api_policy: &str, url: &str) -> Found {
        let gateway = Gateway {
            backends: vec![
                Backend {
                    name: "one".into(),
                    url: Some(url.into()),
                    managed_identity_resource: Some("https://cognitiveservices.azure.com".into()),
                    ..Backend::default()
                },
                Backend {
                    name: "pool".into(),
                    pool: vec![PoolMember {
                        backend: "one".into(),
                        ..PoolMember::default()
                    }],
                    ..Backend::default()
                },
            ],
            ..Gateway::default()
        };
        let api = Api {
            name: "images".into(),
            path: "images/openai".into(),
            policy: Some(api_policy.into()),
            ..Api::default()
        };
        let policy = Effective::of(&gateway, &api, None);
        let mut found = Found::default();
        let path = "/images/openai/deployments/flux/images/generations";
        found.take_way(&gateway, &api, &policy, path);
        found
    }

    #[test]
    fn a_pool_leads_to_its_members_and_their_urls_show_what_is_called() {
        let policy = r#"<policies><inbound><base/><set-backend-service backend-id="pool"/></inbound></policies>"#;
        let found = way(policy, "https://A.openai.azure.com/");
        assert_eq!(found.backends, ["one"]);
        assert_eq!(
            found.upstreams,
            ["https://a.openai.azure.com/deployments/flux/images/generations"]
        );
        assert_eq!(
            found.token_resources,
            ["https://cognitiveservices.azure.com"]
        );
        assert_eq!(found.has_backend_credential, Some(true));
        assert_eq!(
            (found.has_expression, found.rewriters.len()),
            (Some(false), 0)
        );
    }

    #[test]
    fn where_a_policy_rewrites_the_path_it_is_not_guessed() {
        let policy = r#"<policies><inbound><base/><rewrite-uri template="/x"/><set-backend-service backend-id="one"/></inbound></policies>"#;
        let found = way(policy, "https://a.openai.azure.com/openai");
        assert!(found.upstreams.is_empty());
        assert_eq!(found.rewriters, ["`rewrite-uri` in the API `images`"]);
    }
}
