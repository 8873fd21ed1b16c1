# Every recipe is a script or one or two plain commands, and all of it runs without just. `just` alone lists them.

_default:
    @just --list

# Build everything in the one fast profile
build:
    cargo build --workspace --locked

# First look: a bundled site, harvested, verified, tampered with
demo *ARGS:
    scripts/demo {{ARGS}}

# All that proves correctness
test *ARGS:
    scripts/test {{ARGS}}

# Quality on real pages
eval *ARGS:
    scripts/eval {{ARGS}}

# The whole system under load and faults: just soak --minutes 20
soak *ARGS:
    scripts/soak {{ARGS}}

# Private RabbitMQ, Redis and PostgreSQL for tests run by hand: eval "$(just services)"
services:
    @scripts/services start

# The images of docker-compose.yml: third-party, prebuilt, build
images WHAT="third-party":
    scripts/images {{WHAT}}

# The whole system, by compose
up *ARGS:
    docker compose up -d --wait {{ARGS}}

# Formatting and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Write the JSON Schemas and golden messages under proto/ anew
proto:
    cargo run --locked -p gleaner-contract --example write_proto

# Licences, advisories and bans of dependencies (needs cargo-deny)
deny:
    cargo deny check

# What continuous integration runs
ci:
    .ci/run
