use clap::CommandFactory as _;

use super::*;

#[test]
fn every_command_says_what_it_does_with_an_example() {
    let cli = Cli::command();
    cli.clone().debug_assert();
    for command in cli.get_subcommands() {
        let name = command.get_name();
        assert!(command.get_about().is_some(), "{name} is not described");
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(after.contains(&format!("  gleaner {name}")), "{name} has no example");
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            assert!(argument.get_help().is_some(), "{name}: {} is not described", argument.get_id());
        }
    }
}
