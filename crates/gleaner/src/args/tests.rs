use clap::CommandFactory as _;

use super::*;

#[test]
fn every_command_says_what_it_does_with_an_example() {
    let cli = Cli::command();
    cli.clone().debug_assert();
    for command in cli.get_subcommands() {
        check(command, &format!("  gleaner {}", command.get_name()));
    }
}

fn check(command: &clap::Command, called: &str) {
    assert!(command.get_about().is_some(), "{called} is not described");
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    assert!(after.contains(called) || called.contains("secrets "), "{called} has no example");
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        assert!(argument.get_help().is_some(), "{called}: {} is not described", argument.get_id());
    }
    for command in command.get_subcommands() {
        check(command, &format!("{called} {}", command.get_name()));
    }
}

#[test]
fn jobs_are_listed_unless_something_is_done_to_them() {
    let parse = |words: &str| Cli::try_parse_from(words.split(' ')).map(|cli| cli.command);
    let Ok(Command::Jobs(args)) = parse("gleaner jobs --limit 3") else { panic!("a listing") };
    assert!(args.command.is_none() && args.limit == 3);
    let Ok(Command::Jobs(args)) = parse("gleaner jobs requeue a b --state x") else { panic!("a requeue") };
    assert!(matches!(args.command, Some(JobsCommand::Requeue { ids, .. }) if ids == ["a", "b"]));
    assert!(parse("gleaner jobs cancel").is_err());
}

#[test]
fn what_is_purged_is_named() {
    let parse = |words: &str| Cli::try_parse_from(format!("gleaner dead purge {words}").trim().split(' '));
    for good in ["7", "7 8", "--all", "--older-than 7d"] {
        assert!(parse(good).is_ok(), "{good}");
    }
    for bad in ["", "x", "--all 7", "--older-than 7d 7", "--older-than soon", "--all --older-than 7d"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}
