//! No flag takes a secret: whoever tries is told where it belongs, and the value is not repeated.

use super::exit::Exit;
use super::failure::Failure;
use std::ffi::OsString;

/// Flags that people try, each with the variable that takes the value.
const REFUSED: [(&str, &str); 9] = [
    ("--api-key", "AZURE_FLUX_11_PRO_API_KEY"),
    ("--key", "AZURE_FLUX_11_PRO_API_KEY"),
    ("--subscription-key", "APIM_SUBSCRIPTION_KEY"),
    ("--client-secret", "AZURE_CLIENT_SECRET"),
    ("--secret", "AZURE_CLIENT_SECRET"),
    ("--password", "AZURE_CLIENT_SECRET"),
    ("--token", "AZURE_FEDERATED_TOKEN_FILE"),
    ("--access-token", "AZURE_FEDERATED_TOKEN_FILE"),
    ("--bearer", "AZURE_FEDERATED_TOKEN_FILE"),
];

/// Looks for a flag that would take a secret.
pub(super) fn refuse_in(arguments: &[OsString]) -> Result<(), Failure> {
    for argument in arguments {
        let text = argument.to_string_lossy();
        let flag = text.split_once('=').map_or(text.as_ref(), |(flag, _)| flag);
        if flag == "--" {
            break;
        }
        if let Some((flag, variable)) = REFUSED.iter().find(|(known, _)| *known == flag) {
            return Err(Failure::new(
                Exit::Usage,
                format!(
                    "{flag} is no flag: secrets on a command line can be read by every process and stay in the shell's \
                     history; set {variable} in the environment or in .env instead"
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_refused_and_not_repeated() {
        for flag in ["--api-key=hunter2", "--client-secret"] {
            let arguments = ["run".into(), flag.into(), "hunter2".into()];
            let failure = refuse_in(&arguments).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(!failure.text.contains("hunter2"));
            assert!(failure.text.contains("AZURE_"));
        }
        assert!(refuse_in(&["run".into(), "--journal".into(), "key".into()]).is_ok());
        assert!(refuse_in(&["--".into(), "--token".into()]).is_ok());
    }
}
