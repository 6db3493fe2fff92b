//! How the things of a world are addressed: ARM resource ids, and the faults of a host.

use super::{HostFault, World};

impl World {
    /// The subscription id that `named` stands for: itself, or the world's first where it is empty.
    pub fn subscription_id<'a>(&'a self, named: &'a str) -> &'a str {
        if named.is_empty() {
            self.subscriptions.keys().next().map_or("", String::as_str)
        } else {
            named
        }
    }

    /// ARM resource id of an account of this world; `None` where there is none of that name.
    pub fn account_id(&self, name: &str) -> Option<String> {
        let account = self.accounts.get(name)?;
        Some(format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.CognitiveServices/accounts/{name}",
            self.subscription_id(&account.subscription),
            account.resource_group
        ))
    }

    /// First label of an account's own hosts: its custom subdomain, or else its name; `None` where it has only the
    /// regional host, or does not exist.
    pub fn account_subdomain<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        match self.accounts.get(name)?.custom_subdomain.as_deref() {
            None => Some(name),
            Some("") => None,
            Some(subdomain) => Some(subdomain),
        }
    }

    /// The endpoint that ARM prints for an account: its own host, or the regional one.
    pub fn account_endpoint(&self, name: &str) -> Option<String> {
        let account = self.accounts.get(name)?;
        Some(match self.account_subdomain(name) {
            Some(subdomain) if account.kind == "OpenAI" => {
                format!("https://{subdomain}.openai.azure.com/")
            }
            Some(subdomain) => format!("https://{subdomain}.cognitiveservices.azure.com/"),
            None => format!("https://{}.api.cognitive.microsoft.com/", account.location),
        })
    }

    /// ARM resource id of an API Management service of this world; `None` where there is none of that name.
    pub fn gateway_id(&self, name: &str) -> Option<String> {
        let gateway = self.gateways.get(name)?;
        Some(format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ApiManagement/service/{name}",
            self.subscription_id(&gateway.subscription),
            gateway.resource_group
        ))
    }

    /// What is wrong with `host` (lower case): its own entry, or else the longest `*.suffix` that it ends with.
    pub fn host_fault(&self, host: &str) -> Option<&HostFault> {
        self.hosts.get(host).or_else(|| {
            self.hosts
                .iter()
                .filter(|(pattern, _)| {
                    pattern
                        .strip_prefix('*')
                        .is_some_and(|suffix| suffix.starts_with('.') && host.ends_with(suffix))
                })
                .max_by_key(|(pattern, _)| pattern.len())
                .map(|(_, fault)| fault)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::Account;

    #[test]
    fn a_host_finds_its_own_fault_before_the_longest_pattern() {
        let mut world = World::default();
        for (pattern, bytes) in [("*.com", 1), ("*.azure.com", 2), ("a.azure.com", 3)] {
            let fault = HostFault {
                huge_body: Some(bytes),
                ..HostFault::default()
            };
            world.hosts.insert(pattern.into(), fault);
        }
        let found = |host| world.host_fault(host).and_then(|fault| fault.huge_body);
        assert_eq!(found("a.azure.com"), Some(3));
        assert_eq!(found("b.azure.com"), Some(2));
        assert_eq!(found("b.com"), Some(1));
        assert_eq!(found("b.net"), None);
    }

    #[test]
    fn ids_use_the_first_subscription_where_none_is_named() {
        let mut world = World::default();
        world.subscriptions.insert("s1".into(), Default::default());
        world.accounts.insert("a".into(), Account::default());
        assert_eq!(
            world.account_id("a").unwrap(),
            "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/a"
        );
        assert_eq!(world.account_id("b"), None);
    }
}
