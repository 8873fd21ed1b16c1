//! The evidence cache and leases on Redis.
